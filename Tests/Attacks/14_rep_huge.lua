-- expect: error
local s = string.rep("x", 1e15)
