-- expect: budget|time
local a, b = ("x"):rep(200000), ("x"):rep(100000) .. ("x"):rep(100000) while a == b do end
