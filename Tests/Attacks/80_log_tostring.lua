-- expect: finished
local t = setmetatable({}, {__tostring = function() while true do end end}) log(t)
