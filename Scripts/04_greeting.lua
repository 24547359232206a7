-- Greets whoever comes, and says goodbye when they have gone.
on("person_appeared", function()
    look_at{yaw_deg = 0, seconds = 0.2}
    async.smile(0.7, 1.5)
    say("Hello!")
    emit("greeted")
end)
on("person_left", function()
    say("Goodbye!")
    shake{count = 1, amplitude_deg = 5}
    emit("farewell")
end)
wait(60)
