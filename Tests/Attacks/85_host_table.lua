-- expect: finished
log(host == nil, person_facts == nil) pcall(function() host.spawn() end) wait(0.1)
