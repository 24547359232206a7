-- expect: budget|time
while true do pcall(string.rep, "x", 1e15) end
