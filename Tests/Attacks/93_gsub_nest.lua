-- expect: error
local function f(n) return (("x"):gsub("x", function() return f(n+1) end)) end
log(f(1))
