-- expect: error
table.unpack({}, 1, 1e7)
