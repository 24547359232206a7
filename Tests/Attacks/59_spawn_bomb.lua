-- expect: memory
local function f() while true do host.spawn(f) end end f()
