-- expect: budget
local t = {} t.__index = function(s, k) return s[k] end setmetatable(t, t) local ok = pcall(function() return t.x end) while true do pcall(function() return t.x end) end
