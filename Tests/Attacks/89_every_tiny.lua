-- expect: finished
local n = 0 every(0.01, function() n = n + 1 end) pcall(every, 1e-9, log) pcall(every, -1, log) pcall(every, 0/0, log) wait(0.5) log(n < 20)
