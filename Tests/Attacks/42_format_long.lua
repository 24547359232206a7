-- expect: budget
local s = ("x"):rep(300000) while true do string.format("%s", s) end
