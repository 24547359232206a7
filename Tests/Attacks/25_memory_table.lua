-- expect: memory
local t = {} local i = 0 while true do i = i + 1 t[i] = i if i % 5000 == 0 then wait(0.04) end end
