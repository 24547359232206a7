-- expect: budget
while true do stop() end
