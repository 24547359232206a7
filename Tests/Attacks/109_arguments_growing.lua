-- expect: memory
local function f(...) f(1, ...) end
f()
