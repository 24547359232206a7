-- expect: finished
persistent.x = setmetatable({}, {__index=function() while true do end end})
persistent.f = function() end
persistent[persistent]=persistent
