-- One of two scripts at once: a quiet mood, in a layer of its own that all else covers. Run it with 10_foreground_answers.lua.
layer{name = "mood", priority = 15, channels = {"brows", "cheeks", "mouth"}}
local face = {browInnerUp = 0.3, mouthSmileLeft = 0.25, mouthSmileRight = 0.25}
while true do
    pose{face = face, attack = 1, hold = 2, release = 1, layer = "mood"}
    wait(0.5)
end
