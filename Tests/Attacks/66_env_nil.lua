-- expect: error
local _ENV = {} x()
