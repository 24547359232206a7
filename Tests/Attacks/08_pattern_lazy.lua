-- expect: budget
local s = ("a"):rep(3000) s:find(("(.-)"):rep(12) .. "b")
