-- A gesture of your own: a double take, made of what is there, with a name to call it by.
local function double_take()
    glance{yaw_deg = 15}
    parallel(
        function() look_at{yaw_deg = 15, seconds = 0.8} end,
        function() gesture{name = "surprise", strength = 0.9, duration = 0.7} end)
    blink(2)
end

repeat_(2, function(number)
    emit("take", number)
    double_take()
    wait(0.5)
end)
