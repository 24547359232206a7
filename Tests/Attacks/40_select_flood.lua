-- expect: budget
local function f(...) return select("#", ...) end while true do f(table.unpack({}, 1, 249)) end
