-- expect: budget
for i = 1, 100 do host.spawn(function() while true do end end) end
