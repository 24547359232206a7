-- expect: error
local m = setmetatable({}, {__concat=function(a,b) return m..m end})
local x = m..m
