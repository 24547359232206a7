-- expect: memory
local t = {} for i=1,1e5 do t[i]=function() wait(1) end end
race(table.unpack(t))
