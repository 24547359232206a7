-- expect: budget
local t = setmetatable({}, {__len = function() return 1e9 end}) table.concat(t, "", 1, 0) table.insert(t, 1, 0)
