-- expect: budget
local s = string.format("%s", setmetatable({}, {__tostring=function() while true do end end}))
