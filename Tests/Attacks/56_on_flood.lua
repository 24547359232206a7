-- expect: error
while true do on("x", function() end) end
