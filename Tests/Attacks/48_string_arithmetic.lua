-- expect: budget|error|time
local s = ("1"):rep(300000) while true do local x = s + 0 end
