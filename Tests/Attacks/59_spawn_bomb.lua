-- expect: memory
function f() while true do async.parallel(f) end end f()
