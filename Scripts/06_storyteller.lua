-- A storyteller: the face follows the story.
local story = {
    {"Once there was a robot in a dark wood.", "fear"},
    {"Something moved behind the trees!", "surprise"},
    {"But it was only a little owl.", "happiness"},
    {"It had lost its way.", "sadness"},
    {"So the two went home together.", "happiness"},
}
for number, part in ipairs(story) do
    emit("part", number)
    parallel(
        function() say(part[1]) end,
        function() expression{name = part[2], intensity = 0.8, attack = 0.5, hold = 2, release = 0.5} end)
end
gesture("big_smile")
