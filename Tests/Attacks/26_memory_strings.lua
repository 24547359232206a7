-- expect: memory|budget
local t = {} local i = 0 while true do i = i + 1 t[i] = ("x"):rep(1000) .. i if i % 50 == 0 then wait(0.04) end end
