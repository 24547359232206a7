-- An idle museum guide: alive while nobody is there, helpful when somebody is.
idle{blink_rate = 15}
local helped = 0

state({
    waiting = function()
        while not person.present do
            look_at{yaw_deg = random(-30, 30), pitch_deg = random(-5, 10), seconds = 1.5}
            wait(0.5)
        end
        return "greeting"
    end,
    greeting = function()
        helped = helped + 1
        emit("visitor", helped)
        async.smile(0.6, 2)
        say("Welcome. May I show you something?")
        return "attending"
    end,
    attending = function()
        while person.present do
            attend(1)
            if person.speaking then nod() end
        end
        say("Come again.")
        return helped < 2 and "waiting" or nil
    end,
}, "waiting")
