-- expect: budget
local s = ("a"):rep(30) for i = 1, 1000 do s:find(("a?"):rep(30) .. ("a"):rep(30) .. "b") end
