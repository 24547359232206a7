-- expect: error
_G.pairs = nil _G.wait = nil _G = nil wait(1)
