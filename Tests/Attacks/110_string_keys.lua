-- expect: budget
local t = {} local i = 0
while true do i = i + 1 t["k"..i%3 ..("x"):rep(40)] = i end
