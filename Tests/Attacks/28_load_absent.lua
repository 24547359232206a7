-- expect: error
load("x = 1")()
