-- expect: finished
for i = 1, 5000 do persistent[i] = i end wait(0.1)
