-- expect: finished
host = nil pcall(function() host.spawn() end) wait(0.1)
