-- expect: budget
local function f() local ok = pcall(f) return ok and f() end while true do f() end
