-- expect: error
wait(0/0)
