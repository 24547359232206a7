-- expect: budget|memory
local t = {} while true do pcall(function() for i = 1, 500 do t[#t + 1] = ("x"):rep(100) .. #t end end) wait(0.04) if #t > 6000 then t[#t + 1] = ("x"):rep(400000) .. #t t[#t + 1] = ("y"):rep(400000) .. #t t[#t+1] = ("z"):rep(400000) .. #t end end
