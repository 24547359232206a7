-- expect: budget
wait_until(function() local i = 0 while i < 90000 do i = i + 1 end return false end, 5)
log("over")
