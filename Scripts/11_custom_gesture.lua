-- A gesture and a layer of your own: a double take, with the brows in a layer above all others.
layer{name = "antics", priority = 90, channels = {"brows"}, release = 0.2}

local function double_take()
    glance{yaw_deg = 15}
    parallel(
        function() look_at{yaw_deg = 15, seconds = 0.8} end,
        function() pose{face = {browInnerUp = 1, browOuterUpLeft = 1}, attack = 0.1, hold = 0.5, layer = "antics"} end,
        function() gesture{name = "surprise", strength = 0.9, duration = 0.7} end)
    blink(2)
end

repeat_(2, function(number)
    emit("take", number)
    double_take()
    wait(0.5)
end)
