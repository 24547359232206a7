-- expect: error
look_at(1/0, 0/0)
smile(1e308, 1e308)
expression("joy", -5, -1, 1/0, 0/0)
