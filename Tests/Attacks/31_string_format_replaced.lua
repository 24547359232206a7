-- expect: error
string.format = function() while true do end end error(("x"):rep(3))
