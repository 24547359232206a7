-- An interview: three questions; while the person answers there is a nod for each pause of theirs.
local questions = {"What did you do today?", "And how was that?", "What comes next?"}

on("speech_ended", function() nod() end)

for number, question in ipairs(questions) do
    emit("question", number)
    say(question)
    attend(0.5)
    -- Until the person has begun and ended an answer, but no longer than ten seconds.
    if wait_until("speech_started", 5) then wait_until("speech_ended", 10) end
    wait(0.5)
end
say("Thank you.")
smile()
