---@meta mien
-- Made by `mien script reference --types`: what Mien's scripts can say, for editors with the Lua language server.

---Looks somewhere with eyes and head, stays, and comes back.
---
---Example: `look_at{yaw_deg = 20, seconds = 2}`
---@param yaw_deg? number degrees to the robot's left (-90 to 90, otherwise 0)
---@param pitch_deg? number degrees down (-60 to 60, otherwise 0)
---@param seconds? number seconds to stay there (0 to 3600, otherwise 1)
---@overload fun(options: {yaw_deg?: number, pitch_deg?: number, seconds?: number})
function look_at(yaw_deg, pitch_deg, seconds) end

---Looks somewhere for half a second.
---
---Example: `glance{yaw_deg = -15}`
---@param yaw_deg? number degrees to the robot's left (-90 to 90, otherwise 20)
---@param pitch_deg? number degrees down (-60 to 60, otherwise 0)
---@overload fun(options: {yaw_deg?: number, pitch_deg?: number})
function glance(yaw_deg, pitch_deg) end

---Looks away to a side of its own choice.
---
---Example: `gaze_away(2)`
---@param seconds? number seconds to stay away (0 to 600, otherwise 1.14)
---@overload fun(options: {seconds?: number})
function gaze_away(seconds) end

---Looks at the person, and does not look away meanwhile.
---
---Example: `attend(3)`
---@param seconds? number seconds to attend (0 to 3600, otherwise 1)
---@overload fun(options: {seconds?: number})
function attend(seconds) end

---Looks as somebody does who thinks: away and up, with more blinks.
---
---Example: `think()`
---@param seconds? number seconds to think (0.1 to 600, otherwise 3.54)
---@overload fun(options: {seconds?: number})
function think(seconds) end

---Nods; each nod is smaller than the one before.
---
---Example: `nod{count = 2}`
---@param count? number how often (1 to 20, otherwise 1)
---@param amplitude_deg? number degrees down, of the first (0 to 40, otherwise 8)
---@param seconds? number seconds in all; 0.4 for each nod when it is left out (0.1 to 60)
---@overload fun(options: {count?: number, amplitude_deg?: number, seconds?: number})
function nod(count, amplitude_deg, seconds) end

---Shakes the head.
---
---Example: `shake{count = 3}`
---@param count? number how often (1 to 20, otherwise 2)
---@param amplitude_deg? number degrees to each side (0 to 60, otherwise 9)
---@param seconds? number seconds in all; 0.55 for each when it is left out (0.1 to 60)
---@overload fun(options: {count?: number, amplitude_deg?: number, seconds?: number})
function shake(count, amplitude_deg, seconds) end

---Tilts the head to a shoulder and takes it back.
---
---Example: `tilt{angle_deg = -8}`
---@param angle_deg? number degrees to the robot's right shoulder (-40 to 40, otherwise 10)
---@param seconds? number seconds to stay so (0 to 600, otherwise 0.8)
---@overload fun(options: {angle_deg?: number, seconds?: number})
function tilt(angle_deg, seconds) end

---Blinks with both eyes.
---
---Example: `blink(2)`
---@param count? number how often (1 to 20, otherwise 1)
---@overload fun(options: {count?: number})
function blink(count) end

---Winks with one eye.
---
---Example: `wink("right")`
---@param side? "left"|"right" "left" or "right", the robot's own (otherwise "left")
---@overload fun(options: {side?: "left"|"right"})
function wink(side) end

---Smiles.
---
---Example: `smile(0.8, 2)`
---@param intensity? number how much, 0 to 1 (0 to 1, otherwise 0.6)
---@param seconds? number seconds to hold it (0 to 600, otherwise 1.5)
---@overload fun(options: {intensity?: number, seconds?: number})
function smile(intensity, seconds) end

---Shows an expression.
---
---Example: `expression{name = "surprise", intensity = 0.7}`
---@param name Expression one of `Scripts/Expressions.yaml` (needed)
---@param intensity? number how much, 0 to 1 (0 to 1, otherwise 1)
---@param attack? number seconds to come (0.05 to 60, otherwise 0.4)
---@param hold? number seconds to hold it (0 to 3600, otherwise 1.5)
---@param release? number seconds to go (0.05 to 60, otherwise 0.6)
---@overload fun(options: {name: Expression, intensity?: number, attack?: number, hold?: number, release?: number})
function expression(name, intensity, attack, hold, release) end

---Plays a gesture of the library.
---
---Example: `gesture("thoughtful", 0.8)`
---@param name Gesture a file of `Scripts/Gestures` (needed)
---@param strength? number multiplies its size (0 to 2, otherwise 1)
---@param duration? number multiplies its length (0.1 to 10, otherwise 1)
---@overload fun(options: {name: Gesture, strength?: number, duration?: number})
function gesture(name, strength, duration) end

---Shows a face of your own making.
---
---Example: `pose{face = {browInnerUp = 0.8, head_roll_deg = 6}, hold = 1}`
---@param face table coefficients by their ARKit names, 0 to 1, and head_yaw_deg, head_pitch_deg, head_roll_deg (needed)
---@param attack? number seconds to come (0.05 to 60, otherwise 0.4)
---@param hold? number seconds to hold it; math.huge until the layer is stopped (otherwise 1.5)
---@param release? number seconds to go (0.05 to 60, otherwise 0.6)
---@param layer? Layer the layer it is in (otherwise "expression")
---@overload fun(options: {face: table, attack?: number, hold?: number, release?: number, layer?: Layer})
function pose(face, attack, hold, release, layer) end

---Plays a recorded move.
---
---Example: `play("conversation.csv")`
---@param track string a file in `Tracks/`, `Moves/` or beside the script: one of Mien's tracks, or a Reachy Mini move in JSON (needed)
---@param strength? number multiplies its size (0 to 2, otherwise 1)
---@param speed? number multiplies its speed (0.1 to 10, otherwise 1)
---@param layer? Layer the layer it is in (otherwise "gesture")
---@overload fun(options: {track: string, strength?: number, speed?: number, layer?: Layer})
function play(track, strength, speed, layer) end

---Says something: the mouth moves for as long as the text takes, and an event `said` carries the text to whoever gives it a voice.
---
---Example: `say("Hello!")`
---@param text string what to say (needed)
---@overload fun(options: {text: string})
function say(text) end

---Sets how the robot listens.
---
---Example: `listen{nod_deg = 5}`
---@param on? boolean whether the listening model takes over while somebody is there (otherwise true)
---@param backchannels? boolean whether the person's pauses are answered with nods (otherwise true)
---@param nod_deg? number degrees of such a nod (0 to 30, otherwise 8)
---@param weight? number how much of the listening face is seen (0 to 1, otherwise 1)
---@overload fun(options: {on?: boolean, backchannels?: boolean, nod_deg?: number, weight?: number})
function listen(on, backchannels, nod_deg, weight) end

---Sets what the robot does of itself.
---
---Example: `idle{blink_rate = 12}`
---@param on? boolean whether it blinks and looks away of itself (otherwise true)
---@param blink_rate? number blinks a minute; people's when it is left out (0 to 60)
---@param intensity? number how large motion is as a whole (0 to 2, otherwise 1)
---@param weight? number how much of the idling face is seen (0 to 1, otherwise 1)
---@overload fun(options: {on?: boolean, blink_rate?: number, intensity?: number, weight?: number})
function idle(on, blink_rate, intensity, weight) end

---Mirrors the person's expression.
---
---Example: `mirror{gain = 0.4}`
---@param gain? number how much of the person's expression is shown; 0 ends it (0 to 1, otherwise 0.5)
---@param delay? number seconds later (0 to 5, otherwise 0.4)
---@overload fun(options: {gain?: number, delay?: number})
function mirror(gain, delay) end

---Makes a layer of your own, or changes one. A layer of your own goes when the script ends.
---
---Example: `layer{name = "mood", priority = 15, channels = {"brows", "mouth"}}`
---@param name string a new name, or one of idle, listening, mirror, blink, gaze, speaking, gesture, expression (needed)
---@param priority? number who covers whom, the higher the lower; 80 for a new layer (-100 to 100)
---@param channels? table parts that it moves: head, eyes, lids, brows, cheeks, mouth, jaw
---@param weight? number how much of it is seen (0 to 1)
---@param attack? number seconds that its weight takes to come (0 to 60)
---@param release? number seconds that it takes to go (0 to 60)
---@overload fun(options: {name: string, priority?: number, channels?: table, weight?: number, attack?: number, release?: number})
function layer(name, priority, channels, weight, attack, release) end

---Sets how this script's motions stand to those of other scripts in the same layer.
---
---Example: `priority(10)`
---@param value number higher covers other scripts; 0 to begin with (-100 to 100, needed)
---@overload fun(options: {value: number})
function priority(value) end

---Eases out what this script moves.
---
---Example: `stop("gesture")`
---@param layer? Layer which layer; all when it is left out
---@overload fun(options: {layer?: Layer})
function stop(layer) end

---Stops the robot at once. Only the operator can clear it.
---
---Example: `emergency_stop("a hand is in the way")`
---@param reason? string what the operator is told (otherwise "the script asked for it")
---@overload fun(options: {reason?: string})
function emergency_stop(reason) end

---Waits.
---
---Example: `wait(1.5)`
---@param seconds number how long (needed)
function wait(seconds) end

---Waits until something happens or is so.
---
---Example: `wait_until("person_appeared", 10)`
---@param condition Event|function an event's name, or a function that says true (needed)
---@param timeout? number seconds to wait at most (otherwise no end)
---@return boolean # false when the time was over first
function wait_until(condition, timeout) end

---Does something whenever something happens.
---
---Example: `on("smile_started", function() smile() end)`
---@param event Event an event's name (needed)
---@param handler function called each time, with the event's value; it may wait (needed)
function on(event, handler) end

---Does something again and again.
---
---Example: `every(10, function() glance() end)`
---@param seconds number how far apart (needed)
---@param handler function called each time; it may wait (needed)
---@return integer # the timer's number
function every(seconds, handler) end

---Says that something happened: to all scripts, the console and the dashboards.
---
---Example: `emit("round_won", 3)`
---@param event string its name (needed)
---@param value? any what handlers are given
function emit(event, value) end

---The time.
---
---Example: `local began = clock()`
---@return number # seconds since the run began, the same all through one tick
function clock() end

---Does several things at the same time and waits for all.
---
---Example: `parallel(function() say("Hi") end, function() nod() end)`
---@param step function what to do (needed)
---@param ... any
function parallel(step, ...) end

---Does one thing after the other.
---
---Example: `sequence(smile, nod)`
---@param step function what to do (needed)
---@param ... any
function sequence(step, ...) end

---Does several things at the same time until one is done; the others are cancelled.
---
---Example: `race(function() wait(5) end, function() wait_until("smile_started") end)`
---@param step function what to do (needed)
---@param ... any
---@return integer # which was done first, from 1
function race(step, ...) end

---Does something so many times.
---
---Example: `repeat_(3, function() blink() end)`
---@param count number how often (needed)
---@param step function what to do, given the number (needed)
function repeat_(count, step) end

---Runs a state machine.
---
---Example: `state({calm = function() wait(3) end}, "calm")`
---@param states table functions by name, each giving the next state's name, or nil at the end (needed)
---@param name string the first state (needed)
function state(states, name) end

---A random number, the same again in a run with the same seed.
---
---Example: `nod(random(1, 3))`
---@param low? number with `high` the least whole number; alone the greatest, from 1
---@param high? number the greatest whole number
---@return number # from 0 to below 1 without bounds
function random(low, high) end

---Writes to the console.
---
---Example: `log("round", 3)`
---@param value? any what to write
---@param ... any
function log(value, ...) end

---@class Async
---@field look_at fun(...): Handle Looks somewhere with eyes and head, stays, and comes back.
---@field glance fun(...): Handle Looks somewhere for half a second.
---@field gaze_away fun(...): Handle Looks away to a side of its own choice.
---@field attend fun(...): Handle Looks at the person, and does not look away meanwhile.
---@field think fun(...): Handle Looks as somebody does who thinks: away and up, with more blinks.
---@field nod fun(...): Handle Nods; each nod is smaller than the one before.
---@field shake fun(...): Handle Shakes the head.
---@field tilt fun(...): Handle Tilts the head to a shoulder and takes it back.
---@field blink fun(...): Handle Blinks with both eyes.
---@field wink fun(...): Handle Winks with one eye.
---@field smile fun(...): Handle Smiles.
---@field expression fun(...): Handle Shows an expression.
---@field gesture fun(...): Handle Plays a gesture of the library.
---@field pose fun(...): Handle Shows a face of your own making.
---@field play fun(...): Handle Plays a recorded move.
---@field say fun(...): Handle Says something: the mouth moves for as long as the text takes, and an event `said` carries the text to whoever gives it a voice.
---@field wait fun(...): Handle Waits.
---@field wait_until fun(...): Handle Waits until something happens or is so.
---@field parallel fun(...): Handle Does several things at the same time and waits for all.
---@field sequence fun(...): Handle Does one thing after the other.
---@field race fun(...): Handle Does several things at the same time until one is done; the others are cancelled.
---@field repeat_ fun(...): Handle Does something so many times.
---@field state fun(...): Handle Runs a state machine.
async = {}

---@class Handle
local handle = {}
---Waits until it is done.
function handle:wait() end
---Ends it; its motion eases out.
function handle:cancel() end
---@return boolean
function handle:running() end

---@class Person
---@field present boolean Somebody is there.
---@field smiling boolean They smile.
---@field speaking boolean They speak: by their voice where it is sensed, else by their mouth.
---@field looking_at_me boolean Their head is turned to the robot, within 20 degrees.
---@field smile number How much they smile, 0 to 1.
---@field head {yaw_deg: number, pitch_deg: number, roll_deg: number} Where their head is turned; positive yaw to their left, pitch down, roll to their right shoulder.
---@field seconds_since_seen number 0 while somebody is there; math.huge before anybody came.
---@field seconds_since_smile number Seconds since they last smiled; math.huge before they did.
---@field seconds_since_speech number Seconds since they last spoke; math.huge before they did.
person = {}

---@class Robot
---@field name string The robot's name.
---@field mode string What it is at: "idle", "listening", "speaking" or "thinking".
---@field speaking boolean It says something just now.
---@field intensity number How large its motion is, 0 to 2.
---@field head {yaw_deg: number, pitch_deg: number, roll_deg: number} Where its head is, in its own degrees: positive yaw to its left, pitch down, roll to its right shoulder.
robot = {}

---What the operator gave with --config name=value; nil where nothing was given.
---@type table<string, string|number|boolean>
config = {}

---What outlives a reload: texts, numbers, booleans and tables of them.
---@type table
persistent = {}

---@alias Event
---| "person_appeared" # Somebody came.
---| "person_left" # They have been gone for half a second.
---| "smile_started" # The person began to smile.
---| "smile_ended" # The person's smile is over.
---| "speech_started" # The person began to speak.
---| "speech_ended" # The person has been silent for half a second.
---| "looked_at_me" # The person turned to the robot.
---| "backchannel" # A listener would answer now; the robot nods of itself.
---| "blink" # The robot blinked of itself.
---| "gaze_averted" # The robot looked away of itself.
---| string

---@alias Layer
---| "idle"
---| "listening"
---| "mirror"
---| "blink"
---| "gaze"
---| "speaking"
---| "gesture"
---| "expression"
---| string

---@alias Gesture
---| "big_smile" # A broad smile with the eyes in it.
---| "blink" # Both eyes close and open.
---| "brow_frown" # Both brows go down.
---| "brow_raise" # Both brows go up.
---| "close_eyes" # The eyes stay closed for a while.
---| "express_anger" # Brows down, lips pressed.
---| "express_disgust" # The nose wrinkles, the upper lip rises.
---| "express_fear" # Brows up and together, eyes wide, mouth drawn out.
---| "express_sad" # Inner brows up, corners of the mouth down, the head sinks.
---| "gaze_away" # A look to the side and back.
---| "nod" # One nod.
---| "oh" # The mouth says "oh".
---| "open_eyes" # The eyes open wide.
---| "roll" # The head tilts to a shoulder and back.
---| "shake" # The head turns left, right and back.
---| "smile" # A friendly smile.
---| "surprise" # Brows up, eyes wide, the jaw drops.
---| "thoughtful" # A look up and aside, lips pressed.
---| "tilt" # A small questioning tilt.
---| "wink" # The left eye closes, the corner of the mouth helps.
---| string

---@alias Expression
---| "anger"
---| "disgust"
---| "doubt"
---| "fear"
---| "happiness"
---| "interest"
---| "sadness"
---| "shyness"
---| "surprise"
---| string
