-- expect: budget
while true do log(("x"):rep(10000)) end
