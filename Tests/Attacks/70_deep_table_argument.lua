-- expect: error
local t = {} for i = 1, 50 do t = {t} end emit("x", t)
