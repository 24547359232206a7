-- expect: budget
wait_until(function() while true do end end)
