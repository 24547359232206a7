-- expect: budget
local t = {} for i = 1, 3000 do t["k" .. i] = i end while true do next(t) end
