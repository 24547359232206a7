-- The other of two scripts at once: answers over the mood of 09_background_mood.lua; gestures lie above expressions'
-- brows and mouth only where they move them, so both are seen.
for number = 1, 3 do
    wait(1.5)
    emit("answer", number)
    nod{count = 2}
    gesture{name = "brow_raise", strength = 0.8}
end
