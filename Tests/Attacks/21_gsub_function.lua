-- expect: budget
("x"):rep(100000):gsub(".", function() while true do end end)
