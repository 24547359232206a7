-- expect: error
string.dump(function() end)
