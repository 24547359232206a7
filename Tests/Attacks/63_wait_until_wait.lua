-- expect: error
wait_until(function() wait(1) return true end)
