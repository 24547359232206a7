-- expect: error
say(("x"):rep(5e5)) log("said")
