-- An attentive listener: nods when the person pauses, smiles back when they smile.
mirror{gain = 0.5, delay = 0.4}
on("smile_started", function() smile(0.5, 1) end)
on("speech_ended", function()
    wait(0.3)
    nod{count = random(1, 2), amplitude_deg = 7}
end)
wait(60)
