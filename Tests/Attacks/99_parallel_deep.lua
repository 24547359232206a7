-- expect: budget
local function f(n) parallel(function() f(n+1) end) end
f(1)
