extension ScriptVocabulary {
    /// What scripts have of Lua's own library: what cannot reach outside of the sandbox.
    public static let lua: [String: Entry] = {
        func any(_ count: Int = 0, optional: Int = 0, isVariadic: Bool = false, returns: Bool = true) -> Entry {
            let parameters =
                (0..<count).map { Parameter("argument \($0 + 1)") }
                + (0..<optional).map { Parameter("argument \(count + $0 + 1)", isOptional: true) }
            return .function(Function(parameters, isVariadic: isVariadic, returns: returns))
        }
        func numbers(_ count: Int) -> Entry {
            .function(Function((0..<count).map { Parameter("argument \($0 + 1)", [.number, .text]) }))
        }
        let strings: [String: Entry] = [
            "byte": any(1, optional: 2), "char": any(isVariadic: true), "find": any(2, optional: 2),
            "format": any(1, isVariadic: true), "gmatch": any(2, optional: 1), "gsub": any(3, optional: 1),
            "len": any(1), "lower": any(1), "match": any(2, optional: 1), "rep": any(2, optional: 1),
            "reverse": any(1), "sub": any(2, optional: 1), "upper": any(1), "pack": any(1, isVariadic: true),
            "packsize": any(1), "unpack": any(2, optional: 1),
        ]
        let tables: [String: Entry] = [
            "concat": any(1, optional: 3), "insert": any(2, optional: 1), "move": any(4, optional: 1),
            "pack": any(isVariadic: true), "remove": any(1, optional: 1), "sort": any(1, optional: 1),
            "unpack": any(1, optional: 2),
        ]
        let mathematics: [String: Entry] = [
            "abs": numbers(1), "acos": numbers(1), "asin": numbers(1), "atan": any(1, optional: 1),
            "ceil": numbers(1), "cos": numbers(1), "deg": numbers(1), "exp": numbers(1), "floor": numbers(1),
            "fmod": numbers(2), "huge": .value, "log": any(1, optional: 1), "max": any(1, isVariadic: true),
            "maxinteger": .value, "min": any(1, isVariadic: true), "mininteger": .value, "modf": numbers(1),
            "pi": .value, "rad": numbers(1), "random": any(optional: 2),
            "sin": numbers(1), "sqrt": numbers(1), "tan": numbers(1), "tointeger": any(1), "type": any(1),
            "ult": numbers(2),
        ]
        let texts: [String: Entry] = [
            "char": any(isVariadic: true), "charpattern": .value, "codepoint": any(1, optional: 3),
            "codes": any(1, optional: 1), "len": any(1, optional: 3), "offset": any(2, optional: 1),
        ]
        return [
            "_G": .table([:], isOpen: true), "_ENV": .table([:], isOpen: true), "_VERSION": .value,
            "assert": any(1, isVariadic: true), "error": any(optional: 2, returns: false), "getmetatable": any(1),
            "ipairs": any(1), "next": any(1, optional: 1), "pairs": any(1), "pcall": any(1, isVariadic: true),
            "print": any(isVariadic: true), "rawequal": any(2), "rawget": any(2), "rawlen": any(1), "rawset": any(3),
            "select": any(1, isVariadic: true), "setmetatable": any(2), "tonumber": any(1, optional: 1),
            "tostring": any(1), "type": any(1), "xpcall": any(2, isVariadic: true),
            "string": .table(strings, isOpen: false), "table": .table(tables, isOpen: false),
            "math": .table(mathematics, isOpen: false), "utf8": .table(texts, isOpen: false),
        ]
    }()

    /// What plain Lua has and scripts do not.
    public static let absentInScripts: [String: String] = [
        "os": "clock() gives the seconds since the start", "io": "log(text) writes to the console",
        "debug": "there is no debug library in a script", "package": "a script is one file",
        "require": "a script is one file", "load": "code is not made at run time", "loadfile": "a script is one file",
        "dofile": "a script is one file", "collectgarbage": "memory is looked after by the host",
        "coroutine": "parallel, sequence and every run things side by side",
        "loadstring": "code is not made at run time",
        "unpack": "it is table.unpack", "setfenv": "it is not in Lua 5.4", "getfenv": "it is not in Lua 5.4",
    ]
}
