-- expect: error
local function f() local ok, m = pcall(function() wait(0.04) f() end) if not ok then error(m) end end f()
