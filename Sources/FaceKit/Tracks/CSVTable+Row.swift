extension CSVTable {
    /// One line's cells.
    struct Row {
        let table: CSVTable
        let line: Int
        /// The line's bytes, or those of the cells once their quotation marks are gone.
        var bytes: ArraySlice<UInt8>
        /// Where each cell stands in `bytes`.
        var cells: [Range<Int>] = []

        /// Takes a line's bytes apart at the commas.
        mutating func take(_ line: ArraySlice<UInt8>) {
            cells.reserveCapacity(table.header.count)
            var start = line.startIndex
            for index in line.indices where line[index] == UInt8(ascii: ",") {
                cells.append(start..<index)
                start = index + 1
            }
            cells.append(start..<line.endIndex)
        }

        /// Takes cells that are already apart.
        mutating func take(_ texts: [String]) {
            bytes = []
            for text in texts {
                let start = bytes.count
                bytes += text.utf8
                cells.append(start..<bytes.count)
            }
        }

        /// The cell as it stands, without spaces around it.
        func text(_ index: Int) -> Substring { Substring(decoding: bytes[trimmed(index)], as: UTF8.self) }

        private func trimmed(_ index: Int) -> Range<Int> {
            var cell = cells[index]
            while let first = cell.first, bytes[first] <= 32 { cell = (first + 1)..<cell.upperBound }
            while let last = cell.last, bytes[last] <= 32 { cell = cell.lowerBound..<last }
            return cell
        }

        /// The cell's number, which must be finite and in decimal notation, or nil when the cell is empty.
        func number(_ index: Int, expected: @autoclosure () -> String) throws(Error) -> Double? {
            let cell = trimmed(index)
            if cell.isEmpty { return nil }
            if let value = Decimal.plain(bytes[cell]) { return value }
            let text = text(index)
            guard text.utf8.allSatisfy(Self.isNumeric), let value = Double(text), value.isFinite else {
                throw notANumber(index, expected: expected())
            }
            return value
        }

        /// The cell's number, or nil when the cell is empty or says that it is none: trackers write `nan`, `-nan(ind)` and
        /// `-nan` for what they could not measure.
        func measurement(_ index: Int, expected: @autoclosure () -> String) throws(Error) -> Double? {
            text(index).lowercased().contains("nan") ? nil : try number(index, expected: expected())
        }

        /// The cell's number as a column's value, or nil when the cell is empty. Values a little outside 0…1 are clamped and
        /// counted where the column allows it; what makes no sense is refused.
        func value(_ index: Int, _ column: TrackColumn, clamped: inout Int) throws(Error) -> Float? {
            let range = column.range
            guard let value = try number(index, expected: range.meaning) else { return nil }
            guard range.values.contains(value) else { throw outOfRange(index, expected: range.meaning) }
            guard column.isClamped, !(0...1).contains(value) else { return Float(value) }
            clamped += 1
            return value < 0 ? 0 : 1
        }

        /// The error that says that this cell's number makes no sense.
        func outOfRange(_ index: Int, expected: String) -> Error {
            .outOfRange(
                path: table.path, line: line, column: table.header[index], found: Self.shown(text(index)),
                expected: expected)
        }

        /// The error that says that this cell cannot be read.
        func notANumber(_ index: Int, expected: String) -> Error {
            .notANumber(
                path: table.path, line: line, column: table.header[index], found: Self.shown(text(index)),
                expected: expected)
        }

        private static func isNumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }

        private static func shown(_ cell: Substring) -> String {
            cell.count > 40 ? cell.prefix(40) + "..." : String(cell)
        }
    }
}

/// Decimal numbers as trackers write them.
private enum Decimal {
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// The number of a plain decimal (`-12.0345`) of at most 15 digits, or nil for anything else. The digits then fit a
    /// double exactly and so does the power of ten, so that one division rounds correctly (Clinger 1990).
    static func plain(_ text: ArraySlice<UInt8>) -> Double? {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        var mantissa = 0
        var count = 0
        var decimals: Int?
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard count < 15 else { return nil }
                mantissa = mantissa * 10 + Int(byte - UInt8(ascii: "0"))
                count += 1
                decimals = decimals.map { $0 + 1 }
            case UInt8(ascii: ".") where decimals == nil:
                decimals = 0
            default: return nil
            }
        }
        guard count > 0 else { return nil }
        let value = Double(mantissa) / powersOfTen[decimals ?? 0]
        return isNegative ? -value : value
    }
}
