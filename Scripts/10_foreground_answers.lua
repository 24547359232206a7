-- The other of two scripts at once: answers above the mood of 09_background_mood.lua, and above those of other scripts.
priority(10)
for number = 1, 3 do
    wait(1.5)
    emit("answer", number)
    nod{count = 2}
    gesture{name = "brow_raise", strength = 0.8}
end
