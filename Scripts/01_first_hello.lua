-- First hello: the robot wakes up, looks round, and greets.
wait(0.5)
look_at{yaw_deg = 25, seconds = 0.5}
look_at{yaw_deg = -25, seconds = 0.5}
smile(0.8, 1)
say("Hello. I am glad that you are here.")
nod()
log("greeted")
