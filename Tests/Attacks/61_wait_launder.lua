-- expect: budget
every(0.04, function() for i = 1, 1e9 do end end) wait(10)
