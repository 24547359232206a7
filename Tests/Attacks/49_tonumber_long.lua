-- expect: budget
local s = ("1"):rep(300000) while true do tonumber(s) end
