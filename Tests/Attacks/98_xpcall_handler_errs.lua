-- expect: error
xpcall(function() error("x") end, function(e) error(e) end)
while true do xpcall(error, function(e) return e .. e end, ("x"):rep(1e5)) end
