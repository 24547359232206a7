-- Something that outlives a change of the script: what is in `persistent` is still there after it was reloaded.
persistent.starts = (persistent.starts or 0) + 1
log("started", persistent.starts, persistent.starts == 1 and "time" or "times")
every(5, function() blink() end)
local first = race(
    function() wait(3) end,
    function() wait_until("person_appeared", 60) end)
log(first == 1 and "nobody came" or "somebody came")
wait(8)
