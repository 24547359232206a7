-- expect: finished
local s = string.rep("", 1e10) log(#s)
