-- expect: memory
on("a", function() emit("a") emit("a") end)
emit("a") wait(3) log("done")
