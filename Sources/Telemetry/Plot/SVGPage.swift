import Foundation

/// A drawing as SVG text: shapes in pixels, x to the right, y down, on white.
public struct SVGPage: Sendable {
    /// Where a text ends up beside its point.
    public enum Anchor: String, Sendable { case start, middle, end }

    public let width, height: Double
    private var body = ""

    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    public mutating func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ colour: String = "#ccc", width: Double = 1
    ) {
        body +=
            "<line x1=\"\(Self.digits(from.x))\" y1=\"\(Self.digits(from.y))\" x2=\"\(Self.digits(to.x))\" "
            + "y2=\"\(Self.digits(to.y))\" stroke=\"\(colour)\" stroke-width=\"\(Self.digits(width))\"/>\n"
    }

    /// A line through points; where one is no number, the line is broken.
    public mutating func path(_ points: [(x: Double, y: Double)], _ colour: String, width: Double = 1) {
        var text = ""
        var isDown = false
        for point in points {
            guard point.x.isFinite, point.y.isFinite else {
                isDown = false
                continue
            }
            text += (isDown ? "L" : "M") + Self.digits(point.x) + " " + Self.digits(point.y)
            isDown = true
        }
        guard !text.isEmpty else { return }
        body +=
            "<path d=\"\(text)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(Self.digits(width))\" "
            + "stroke-linejoin=\"round\"/>\n"
    }

    public mutating func rectangle(x: Double, y: Double, width: Double, height: Double, _ colour: String) {
        body +=
            "<rect x=\"\(Self.digits(x))\" y=\"\(Self.digits(y))\" width=\"\(Self.digits(width))\" "
            + "height=\"\(Self.digits(height))\" fill=\"\(colour)\"/>\n"
    }

    public mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 11, anchor: Anchor = .start, _ colour: String = "#222"
    ) {
        body +=
            "<text x=\"\(Self.digits(x))\" y=\"\(Self.digits(y))\" font-size=\"\(Self.digits(size))\" "
            + "text-anchor=\"\(anchor.rawValue)\" fill=\"\(colour)\">\(Self.escaped(text))</text>\n"
    }

    /// The whole document.
    public var document: String {
        let size = "width=\"\(Self.digits(width))\" height=\"\(Self.digits(height))\""
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) viewBox=\"0 0 \(Self.digits(width)) "
            + "\(Self.digits(height))\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n"
            + "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\(body)</svg>\n"
    }

    /// A number with at most two decimals; what is none is drawn at 0.
    static func digits(_ value: Double) -> String {
        let hundredths = value.isFinite ? (min(max(value, -1e7), 1e7) * 100).rounded() : 0
        let whole = Int(hundredths)
        if whole % 100 == 0 { return String(whole / 100) }
        return String(Double(whole) / 100)
    }

    /// Text from a file as XML takes it.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
