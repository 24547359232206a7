-- expect: budget
local t = {} for i = 1, 3000 do t[i] = i % 7 end while true do table.sort(t, function() return true end) end
