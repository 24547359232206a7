-- expect: budget
while true do pcall(error, {}) end
