-- expect: budget
local s = string.rep("", 1e5, "x") while true do s = string.rep("", 1e5, "x") end
