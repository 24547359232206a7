/// Where the lines of a source begin, to turn an offset into a line and a column.
struct LuaLines {
    private let bytes: [UInt8]
    private let starts: [Int]

    /// Lines are counted as Lua counts them: `\n`, `\r`, `\r\n` and `\n\r` each end one.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == 0x0A || byte == 0x0D else { continue }
            if index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D, bytes[index] != byte { index += 1 }
            starts.append(index)
        }
        self.starts = starts
    }

    /// Line and column of a byte, both counted from 1; columns count characters (Unicode scalars), not bytes.
    func place(of offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(offset, 0), bytes.count)
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        // A byte that continues a character is not a column of its own.
        let column = bytes[starts[low]..<offset].count { $0 & 0xC0 != 0x80 }
        return (low + 1, column + 1)
    }

    /// How many lines there are.
    var count: Int { starts.count }
}
