-- A shy robot: looked at, it looks away, and dares a look back a little later.
on("looked_at_me", function()
    async.expression{name = "shyness", intensity = 0.8, hold = 1}
    gaze_away(1.5)
    glance{yaw_deg = 5}
end)
wait(30)
