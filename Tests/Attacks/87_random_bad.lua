-- expect: error
random(5, 1)
