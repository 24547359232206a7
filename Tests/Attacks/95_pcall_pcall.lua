-- expect: budget
local t = {} for i=1,190 do t[i]=pcall end
while true do pcall(table.unpack(t)) end
