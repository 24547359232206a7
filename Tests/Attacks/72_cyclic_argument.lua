-- expect: error
local t = {} t.t = t emit("x", t)
