-- expect: budget|error
local s = ("x"):rep(400000) error(s)
