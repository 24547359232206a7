-- expect: finished
log("\27[2J\27]0;owned\7 hello\nfake line: error\r\0x")
emit("na\nme\27[31m")
say("\27[2Jhi\0\n")
