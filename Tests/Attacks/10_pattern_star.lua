-- expect: budget
local s = ("a"):rep(50000) while true do s:find("a*a*a*a*b") end
