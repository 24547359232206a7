-- expect: error
table.sort({3, 2, 1}, function(a, b) wait(1) return a < b end)
