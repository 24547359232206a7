-- expect: budget
for i = 1, 100 do async.parallel(function() while true do end end) end
