-- expect: budget
local s = ("\xf0\x9f\x98\x80"):rep(50000)
while true do utf8.len(s) utf8.offset(s, -1) end
