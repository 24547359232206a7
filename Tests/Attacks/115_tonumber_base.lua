-- expect: budget
local s = ("z"):rep(300000)
while true do tonumber(s, 36) end
