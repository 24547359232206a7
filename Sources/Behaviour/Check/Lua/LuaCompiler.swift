import CLua

/// The system's own Lua compiler, asked whether it takes a source; nothing of it runs.
enum LuaCompiler {
    /// Why a source is refused; nil when it compiles.
    struct Refusal: Error, Equatable {
        /// Counted from 1, as the compiler counts; nil where it named none.
        let line: Int?
        let message: String
    }

    /// Compiles a source, text only, in a state of its own without any library.
    static func refusal(of bytes: [UInt8]) -> Refusal? {
        guard let state = luaL_newstate() else { return Refusal(line: nil, message: "not enough memory") }
        defer { lua_close(state) }
        let code = bytes.withUnsafeBytes { buffer in
            luaL_loadbufferx(
                state, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, "=script", "t")
        }
        guard code != LUA_OK else { return nil }
        var length = 0
        // The message is a string already, so that nothing is converted and nothing can be raised.
        guard lua_type(state, -1) == LUA_TSTRING, let text = lua_tolstring(state, -1, &length) else {
            return Refusal(line: nil, message: "the compiler gave no reason")
        }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    /// Splits `script:12: message`.
    private static func parse(_ text: String) -> Refusal {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "script", let line = Int(parts[1]) else {
            return Refusal(line: nil, message: text)
        }
        return Refusal(line: line, message: String(parts[2].drop { $0 == " " }))
    }
}
