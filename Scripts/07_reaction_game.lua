-- A game: after a pause of unknown length the robot winks; who smiles within two seconds wins the round.
local won = 0
for round = 1, 3 do
    say("Ready?")
    wait(1 + 2 * random())
    async.wink("left")
    emit("go", round)
    if wait_until("smile_started", 2) then
        won = won + 1
        nod{count = 2}
    else
        shake{count = 1}
    end
end
emit("score", won)
gesture(won > 1 and "big_smile" or "thoughtful")
