-- expect: budget|time
local a, b = ("x"):rep(200000) .. "a", ("x"):rep(200000) .. "b" while a < b do end
