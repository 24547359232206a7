-- expect: memory
for i=1,1e5 do async.nod() end
