-- expect: finished
on("a", function() emit("a") end)
emit("a") wait(2) log("done")
