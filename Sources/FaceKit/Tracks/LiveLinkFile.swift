import Foundation

/// Takes of Epic's Live Link Face app as CSV: `Timecode`, `BlendShapeCount`, the 52 shapes and nine angles.
///
/// Columns are matched by name, whatever their capitals: the order has `JawRight` before `JawLeft` and `MouthRight`
/// before `MouthLeft`, unlike the app's UDP packets. Time starts at 0 with the first row. The head's angles are taken
/// in `HeadPose` axes as they stand (the published takes at hand carry none); a head that never leaves zero was not
/// recorded and counts as not sensed. The eyes' angles repeat the `eyeLook` shapes and are left out.
public enum LiveLinkFile {
    public typealias Error = TrackFile.Error

    public enum AngleUnit: String, Sendable, CaseIterable {
        case radians
        case degrees
    }

    public struct Settings: Sendable {
        /// The unit of `HeadYaw`, `HeadPitch`, `HeadRoll`, which differs between versions of the app.
        public var angleUnit: AngleUnit
        /// Frames a second that the timecode counts, or nil to tell from the largest frame number.
        public var timecodeRate: Double?

        public init(angleUnit: AngleUnit = .radians, timecodeRate: Double? = nil) {
            self.angleUnit = angleUnit
            self.timecodeRate = timecodeRate
        }
    }

    static let timeColumn = "Timecode"
    private static let headColumns: [(String, TrackColumn)] = [
        ("headyaw", .headYaw), ("headpitch", .headPitch), ("headroll", .headRoll),
    ]

    /// Reads a take.
    public static func read(_ path: String, _ settings: Settings = Settings()) throws(Error) -> Track {
        try read(CSVTable(path: path), settings)
    }

    static func read(_ table: CSVTable, _ settings: Settings) throws(Error) -> Track {
        let indices = try table.indices()
        guard let timeIndex = indices[timeColumn.lowercased()] else {
            throw Error.missingColumn(path: table.path, name: timeColumn)
        }
        let countIndex = indices["blendshapecount"]
        let shapes = Blendshape.allCases.compactMap { shape in indices[shape.name.lowercased()].map { ($0, shape) } }
        guard !shapes.isEmpty else { throw Error.missingColumn(path: table.path, name: "EyeBlinkLeft") }
        let heads = headColumns.compactMap { name, column in indices[name].map { ($0, column) } }

        var channels = shapes.reduce(into: SensedChannels()) { $0.insert(SensedChannels($1.1)) }
        for (_, column) in heads { channels.insert(SensedChannels(column)) }
        var track = Track(frames: [], channels: channels)
        var codes = [(code: Timecode, line: Int)]()
        var headMoves = false
        try table.forEachRow(shortest: 2) { (row) throws(Error) in
            guard let code = Timecode(row.text(timeIndex)) else {
                throw row.notANumber(timeIndex, expected: "a timecode as HH:MM:SS:FF.sss")
            }
            codes.append((code, row.line))
            var frame = PersonFrame()
            let faceSeen =
                try countIndex.map { (index) throws(Error) in
                    try row.number(index, expected: "a count") != 0
                } ?? true
            if faceSeen {
                for (index, shape) in shapes {
                    let column = TrackColumn(shape)
                    if let value = try row.value(index, column, clamped: &track.clampedValues) {
                        frame.sense(column, value)
                    }
                }
                for (index, column) in heads {
                    guard var value = try row.number(index, expected: "an angle") else { continue }
                    if settings.angleUnit == .degrees { value *= .pi / 180 }
                    guard column.range.values.contains(value) else {
                        throw row.outOfRange(
                            index, expected: column.range.meaning + (abs(value) > 4 ? " (is it in degrees?)" : ""))
                    }
                    headMoves = headMoves || value != 0
                    frame.sense(column, Float(value))
                }
            }
            track.frames.append(frame)
        }
        guard !codes.isEmpty else { throw Error.noFrames(path: table.path) }
        try stamp(&track.frames, codes, rate: settings.timecodeRate, path: table.path)
        if !headMoves {
            track.channels.subtract(.headRotation)
            for index in track.frames.indices { track.frames[index].sensed.subtract(.headRotation) }
        }
        return track
    }

    private static func stamp(
        _ frames: inout [PersonFrame], _ codes: [(code: Timecode, line: Int)], rate: Double?, path: String
    ) throws(Error) {
        let rate = rate ?? Timecode.likelyRate(of: codes.map(\.code))
        var wraps = 0.0
        var previous = 0.0
        var start = 0.0
        for (index, entry) in codes.enumerated() {
            guard entry.code.frame < rate else {
                throw Error.outOfRange(
                    path: path, line: entry.line, column: timeColumn, found: entry.code.text,
                    expected: "a frame number below \(rate)")
            }
            var time = entry.code.seconds(rate: rate) + wraps
            if index == 0 { start = time }
            if index > 0 && time < previous - 43_200 {
                wraps += 86_400
                time += 86_400
            }
            guard index == 0 || time > previous else {
                throw Error.timeNotIncreasing(
                    path: path, line: entry.line, column: timeColumn, found: time - start, previous: previous - start)
            }
            guard time - start <= TrackFile.longest else {
                throw Error.outOfRange(
                    path: path, line: entry.line, column: timeColumn, found: entry.code.text,
                    expected: "at most 24 hours in all")
            }
            previous = time
            frames[index].time = time - start
        }
    }
}

/// A timecode `HH:MM:SS:FF.sss`, or with `;` before the frames where 29.97 or 59.94 frames a second drop numbers.
struct Timecode: Sendable {
    let text: String
    let hours: Int
    let minutes: Int
    let wholeSeconds: Int
    let frame: Double
    let dropsFrames: Bool

    init?(_ text: Substring) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == ";" }
        guard parts.count == 4, let hours = Int(parts[0]), let minutes = Int(parts[1]), let seconds = Int(parts[2]),
            let frame = Double(parts[3]), (0..<24).contains(hours), (0..<60).contains(minutes),
            (0..<60).contains(seconds), frame >= 0, frame < 240
        else { return nil }
        self.text = String(text)
        self.hours = hours
        self.minutes = minutes
        wholeSeconds = seconds
        self.frame = frame
        dropsFrames = text.contains(";")
    }

    /// Seconds since midnight for that many frames a second.
    func seconds(rate: Double) -> Double {
        let seconds = Double(hours * 3600 + minutes * 60 + wholeSeconds)
        guard dropsFrames else { return seconds + frame / rate }
        let nominal = rate.rounded()
        let allMinutes = hours * 60 + minutes
        let dropped = (nominal / 15).rounded() * Double(allMinutes - allMinutes / 10)
        return (seconds * nominal + frame - dropped) * 1.001 / nominal
    }

    /// The usual rate (24, 25, 30 or 60) that holds the largest frame number. A take too short to show its rate counts
    /// 30 or 60.
    static func likelyRate(of codes: [Timecode]) -> Double {
        let largest = codes.map(\.frame).max() ?? 0
        let passesWholeSecond = Set(codes.map(\.wholeSeconds)).count > 2
        let rates = passesWholeSecond ? [24.0, 25, 30, 60] : [30, 60]
        return rates.first { largest < $0 } ?? 60
    }
}
