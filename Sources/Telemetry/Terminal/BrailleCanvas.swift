/// A small picture made of Braille characters: two dots across and four down in each cell of the terminal.
public struct BrailleCanvas: Sendable {
    public let columns: Int
    public let rows: Int
    private var cells: [UInt8]

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: 0, count: columns * rows)
    }

    /// Size in dots.
    public var width: Int { columns * 2 }
    public var height: Int { rows * 4 }

    // Unicode's dot numbering (U+2800 plus these bits), by row then column.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    /// Sets one dot; outside of the picture nothing happens.
    public mutating func set(x: Int, y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        cells[y / 4 * columns + x / 2] |= Self.bits[y % 4][x % 2]
    }

    /// Draws a straight line between two points given in dots.
    public mutating func line(from a: SIMD2<Float>, to b: SIMD2<Float>) {
        guard a.x.isFinite, a.y.isFinite, b.x.isFinite, b.y.isFinite else { return }
        let limit = Float(4 * (width + height))
        let steps = max(1, min(Int(min(max(abs(b.x - a.x), abs(b.y - a.y)), limit).rounded(.up)), Int(limit)))
        for step in 0...steps {
            let point = a + (b - a) * (Float(step) / Float(steps))
            guard abs(point.x) < limit, abs(point.y) < limit else { continue }
            set(x: Int(point.x.rounded()), y: Int(point.y.rounded()))
        }
    }

    /// The picture as lines of text.
    public var lines: [String] {
        (0..<rows).map { row in
            String(
                String.UnicodeScalarView(
                    cells[row * columns..<(row + 1) * columns].map { cell in
                        // 0x2800 + 0…255 are all assigned Braille patterns.
                        Unicode.Scalar(0x2800 + UInt32(cell)) ?? " "
                    }))
        }
    }
}
