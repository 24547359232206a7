-- expect: error
play("../../../etc/passwd")
