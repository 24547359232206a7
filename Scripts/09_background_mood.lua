-- One of two scripts at once: a quiet mood in the background. Run it together with 10_foreground_answers.lua.
while true do
    expression{name = "interest", intensity = 0.4, attack = 1, hold = 2, release = 1}
    wait(0.5)
end
