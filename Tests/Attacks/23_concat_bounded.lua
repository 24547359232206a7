-- expect: budget
local s = ("x"):rep(200000) while true do local t = s .. s end
