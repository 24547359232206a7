-- expect: error
assert(io or os or debug or package or require or dofile or loadfile or load or collectgarbage or coroutine, "all absent")
