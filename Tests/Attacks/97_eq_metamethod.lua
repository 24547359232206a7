-- expect: error
local mt = {} mt.__eq=function(a,b) return setmetatable({},mt)==setmetatable({},mt) end
log(setmetatable({},mt)==setmetatable({},mt))
