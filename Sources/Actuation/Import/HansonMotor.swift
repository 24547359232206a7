import FaceKit
import Yams

/// One motor of a Hanson-style file, with its function turned into a weighted sum and a table.
struct HansonMotor {
    let name: String
    let channel: Int
    let lowest, neutral, highest: Double
    private(set) var inputs: [Calibration.Term] = []
    private(set) var table: [(input: Double, raw: Double)] = []

    /// A term of a sum: which source drives it, from where, and where it leads as shares of the motor's range.
    private struct Term {
        var source: String
        var start: Double
        var points: [(x: Double, y: Double)]
    }

    /// Nil, with the problem noted, for a motor that makes no sense, or whose meaning somebody must say.
    init?(_ reader: YAMLFile.Reader, name: String, gaze: GazeSigns, _ remarks: inout [String]) {
        self.name = ImportedRobot.name(name, else: "motor")
        let pulses = 64.0...4095.0
        let channel = reader.integer("motor_id", 0...23)
        let low = reader.number("min", pulses, "a pulse in µs")
        let high = reader.number("max", pulses, "a pulse in µs")
        let start = reader.number("init", pulses, "a pulse in µs")
        guard let channel, let low, let high, let start else { return nil }
        guard high - low >= 1 else {
            reader.note("max", .unexpected(found: "\(high)", expected: "more than min, \(low)"))
            return nil
        }
        self.channel = channel
        (lowest, highest) = (low, high)
        neutral = min(max(start, low), high)
        let (function, terms) = Self.terms(reader, neutral: (neutral - low) / (high - low))
        guard let terms, let rest = function else {
            remarks.append("\(name): its function is not linear, weightedsum or interpsum: it stays at neutral")
            table = Self.straight(lowest, neutral, highest)
            return
        }
        if let question = terms.lazy.compactMap({ ShapeKey.question($0.source, gaze) }).first {
            reader.note("pau", .missing(expected: question))
            return nil
        }
        make(terms, rest: rest, gaze, &remarks)
        if table.count < Calibration.fewestPoints {
            remarks.append("\(name): its function leaves no way that goes one way: it stays at neutral")
            inputs = []
            table = Self.straight(lowest, neutral, highest)
        }
    }

    // MARK: - Reading

    /// The share of the range at rest and the terms, from the nested form (`pau` or `binding` with `parser` and `function`)
    /// or the flat one (`function`, `parser_param`, `lin_min`, `max1`, `imax1`, …).
    private static func terms(_ reader: YAMLFile.Reader, neutral: Double) -> (rest: Double?, terms: [Term]?) {
        let binding = reader.mapping["pau"]?.mapping ?? reader.mapping["binding"]?.mapping
        if let binding { return nested(binding, neutral: neutral) }
        guard let kind = reader.mapping["function"]?.string?.lowercased() else { return (nil, nil) }
        let sources = split(reader.mapping["parser_param"]?.string)
        func value(_ key: String) -> Double? { reader.mapping[key]?.float }
        switch kind {
        case "linear":
            guard let source = sources.first, let from = value("lin_min"), let to = value("lin_max") else {
                return (nil, nil)
            }
            return (neutral, [Term(source: source, start: from, points: [(to, 1)])])
        case "weightedsum":
            let terms = sources.enumerated().compactMap { index, source -> Term? in
                guard let most = value("max\(index + 1)"), let end = value("imax\(index + 1)") else { return nil }
                return Term(source: source, start: value("min\(index + 1)") ?? 0, points: [(most, end)])
            }
            return (neutral, terms.count == sources.count ? terms : nil)
        default: return (nil, nil)
        }
    }

    private static func nested(_ binding: Node.Mapping, neutral: Double) -> (rest: Double?, terms: [Term]?) {
        let parser = binding["parser"]?.mapping
        let sources = split(parser?["shapekey"]?.string ?? parser?["property"]?.string)
        guard let functions = binding["function"]?.sequence, functions.count == 1, let function = functions[0].mapping,
            let kind = function["name"]?.string?.lowercased()
        else { return (nil, nil) }
        let listed = function["terms"]?.sequence.map { Array($0) } ?? []
        switch kind {
        case "linear":
            guard let source = sources.first, let from = function["min"]?.float, let to = function["max"]?.float else {
                return (nil, nil)
            }
            return (neutral, [Term(source: source, start: from, points: [(to, 1)])])
        case "weightedsum":
            guard let rest = function["imin"]?.float else { return (nil, nil) }
            let terms = zip(sources, listed).compactMap { source, node -> Term? in
                guard let from = node.mapping?["min"]?.float, let to = node.mapping?["max"]?.float,
                    let end = node.mapping?["imax"]?.float
                else { return nil }
                return Term(source: source, start: from, points: [(to, end)])
            }
            return (rest, terms.count == listed.count && !terms.isEmpty ? terms : nil)
        case "interpsum":
            guard let rest = function["y0"]?.float else { return (nil, nil) }
            let terms = zip(sources, listed).compactMap { source, node -> Term? in
                guard let from = node.mapping?["x0"]?.float, let points = node.mapping?["points"]?.sequence else {
                    return nil
                }
                let pairs = points.compactMap { point -> (x: Double, y: Double)? in
                    guard let pair = point.sequence, pair.count == 2, let x = pair[0].float, let y = pair[1].float
                    else { return nil }
                    return (x, y)
                }
                return pairs.count == points.count && !pairs.isEmpty
                    ? Term(source: source, start: from, points: pairs) : nil
            }
            return (rest, terms.count == listed.count && !terms.isEmpty ? terms : nil)
        default: return (nil, nil)
        }
    }

    private static func split(_ text: String?) -> [String] {
        (text ?? "").split(separator: ";").map { String($0).trimmingCharacters(in: .whitespaces) }
    }

    // MARK: - Sum and table

    /// The sum is the share of the range away from rest; each term's weight is its own share at its end.
    private mutating func make(_ terms: [Term], rest: Double, _ gaze: GazeSigns, _ remarks: inout [String]) {
        let isWhole = terms.count == 1 && terms[0].points.count == 1 && terms[0].points[0].y == 1 && rest != 0
        // A linear function leads from the least to the greatest pulse, whatever rest is.
        let origin = isWhole && terms[0].start != 0 ? 0 : rest
        var sides: [[Term]] = [[], []]
        for term in terms {
            guard let end = term.points.last, end.x != term.start, end.y != origin else { continue }
            let weight = (end.y - origin) / (end.x - term.start)
            guard let channels = ShapeKey.channels(term.source, gaze) else {
                remarks.append("\(name): nobody knows \(term.source): left out")
                continue
            }
            for (channel, share) in channels {
                inputs.append(
                    .init(
                        channel: channel, weight: weight * share, neutral: term.start / share / Double(channels.count)))
            }
            sides[end.y > origin ? 0 : 1].append(term)
        }
        func raw(_ share: Double) -> Double {
            let bent = Self.bent(share, origin, sides[share > 0 ? 0 : 1])
            return (min(max(lowest + (highest - lowest) * (origin + bent), lowest), highest) * 10).rounded() / 10
        }
        // From rest outwards on either side, as far as the pulse goes on in its direction: a spline may swing back.
        let rested = (input: 0.0, raw: raw(0))
        let (low, high) = (-origin, 1 - origin)
        func side(_ end: Double) -> [(input: Double, raw: Double)] {
            guard abs(end) > 1e-6 else { return [] }
            let count = max(3, Int((8 * abs(end)).rounded()))
            return (1...count).reduce(into: []) { points, step in
                let point = (input: end * Double(step) / Double(count), raw: raw(end * Double(step) / Double(count)))
                let way = (point.raw - (points.last?.raw ?? rested.raw)) * (end > 0 ? 1 : -1)
                if way > 0 { points.append(point) }
            }
        }
        table = side(low).reversed() + [rested] + side(high)
        // A side without curves has points to spare between the others.
        while (2..<Calibration.fewestPoints).contains(table.count) {
            guard
                let widest = table.indices.dropLast().max(by: {
                    table[$0 + 1].input - table[$0].input < table[$1 + 1].input - table[$1].input
                })
            else { break }
            let (left, right) = (table[widest], table[widest + 1])
            table.insert(((left.input + right.input) / 2, (left.raw + right.raw) / 2), at: widest + 1)
        }
    }

    /// The share that a sum of `share` leads to: along the spline where one term alone is on that side, else straight.
    private static func bent(_ share: Double, _ origin: Double, _ side: [Term]) -> Double {
        guard side.count == 1, let term = side.first, term.points.count > 1, let end = term.points.last else {
            return share
        }
        let x = term.start + share * (end.x - term.start) / (end.y - origin)
        let points = [(term.start, origin)] + term.points.map { ($0.x, $0.y) }
        let (least, most) = (min(term.start, end.x), max(term.start, end.x))
        return polynomial(points, min(max(x, least), most)) - origin
    }

    /// Lagrange's polynomial through two to four points: what SciPy's interp1d of that order is for as many.
    private static func polynomial(_ points: [(Double, Double)], _ x: Double) -> Double {
        // More than four points: a cubic through the four that are nearest.
        let near = points.sorted { abs($0.0 - x) < abs($1.0 - x) }.prefix(4)
        return near.reduce(0) { sum, point in
            sum + near.reduce(point.1) { $1.0 == point.0 ? $0 : $0 * (x - $1.0) / (point.0 - $1.0) }
        }
    }

    private static func straight(_ low: Double, _ neutral: Double, _ high: Double) -> [(input: Double, raw: Double)] {
        let shares = (0...6).map { Double($0) / 6 }
        let rest = (neutral - low) / (high - low)
        return shares.map { (($0 - rest), low + (high - low) * $0) }
    }
}
