-- expect: memory|budget
local t = {} for i=1,20000 do t[i*2^32]=i end
while true do for k in pairs(t) do end end
