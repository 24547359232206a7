-- expect: budget|error|time
local s = ("1"):rep(300000) while true do for i = 1, s do break end end
