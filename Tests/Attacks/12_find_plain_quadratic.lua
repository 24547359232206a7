-- expect: budget
local a = ("a"):rep(150000) .. "b" local t = ("a"):rep(300000) while true do t:find(a, 1, true) end
