-- expect: error
config.x = 1
person.present = true
robot.name = "evil"
log(tostring(person.present), tostring(robot.name))
