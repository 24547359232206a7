-- expect: error
while true do every(0.01, function() end) end
