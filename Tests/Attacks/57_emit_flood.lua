-- expect: budget
while true do emit("x") end
