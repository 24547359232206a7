-- expect: finished
local n = 0 every(1e-9, function() n = n + 1 end) wait(0.5) log(n < 20) host.cancel(1) error_free = true
