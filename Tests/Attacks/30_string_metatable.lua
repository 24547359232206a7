-- expect: error
getmetatable("").__index = nil
