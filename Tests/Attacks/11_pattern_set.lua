-- expect: budget
local s = ("x"):rep(100000) s:find("[" .. ("a-b"):rep(2000) .. "]+y")
