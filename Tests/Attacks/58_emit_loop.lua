-- expect: finished
local n = 0 on("x", function() n = n + 1 if n < 30 then emit("x") emit("x") end end) emit("x") wait(1.5) log(n > 1)
