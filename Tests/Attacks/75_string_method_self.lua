-- expect: budget
local s = "x" while true do s = s:upper():lower() end
