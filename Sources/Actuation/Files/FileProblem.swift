/// One thing that is wrong with a file that a person wrote: where it is, what was found and what was expected.
public struct FileProblem: Error, Equatable, Sendable {
    /// The file as it was named by whoever asked for it.
    public let file: String
    /// Line, counted from 1; nil when the file could not be read at all.
    public let line: Int?
    /// Path of keys from the top, for instance `actuators[3].max_us`; empty for the file as a whole.
    public let key: String
    public let fault: Fault

    /// What broke, with the facts.
    public enum Fault: Equatable, Sendable {
        case unreadable(reason: String)
        case tooLarge(bytes: Int, limit: Int)
        case notYAML(reason: String)
        case missing(expected: String)
        case unexpected(found: String, expected: String)
        case unknownKey(known: [String])
        case duplicate(firstLine: Int)
        /// A name that nothing of that kind has.
        case unknownName(found: String, kind: String)
        /// A table whose output does not go one way; `point` counts from 1.
        case notMonotone(point: Int, previous: Double, found: Double, unit: ServoScale.Unit)
        /// A table whose input does not rise; `point` counts from 1.
        case inputNotRising(point: Int, previous: Double, found: Double)
        /// A raw value outside the actuator's limits.
        case leavesLimits(found: Double, lower: Double, upper: Double, unit: ServoScale.Unit)
        case tooFewPoints(found: Int, expected: Int)
        /// An actuator of the robot that the calibration says nothing of.
        case missingActuator(String)
    }
}

extension FileProblem: CustomStringConvertible {
    /// One sentence: `file:line: key: what was found, what was expected`.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.isEmpty ? "\(place): \(fault)" : "\(place): \(key): \(fault)"
    }
}

extension FileProblem.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .tooLarge(let bytes, let limit): "is \(bytes) bytes long, expected at most \(limit)"
        case .notYAML(let reason): "is not YAML: \(reason)"
        case .missing(let expected): "is missing, expected \(expected)"
        case .unexpected(let found, let expected): "found \(found), expected \(expected)"
        case .unknownKey(let known): "is not a known key, expected one of \(known.joined(separator: ", "))"
        case .duplicate(let firstLine): "is given twice, expected it once; the first is on line \(firstLine)"
        case .unknownName(let found, let kind): "found \(found), expected the name of \(kind)"
        case .notMonotone(let point, let previous, let found, let unit):
            "point \(point) of the table is not monotone: found \(found) \(unit.symbol) after \(previous) \(unit.symbol), "
                + "expected the \(unit.quantity) to go one way only"
        case .inputNotRising(let point, let previous, let found):
            "point \(point) of the table has the input \(found) after \(previous), expected inputs that rise"
        case .leavesLimits(let found, let lower, let upper, let unit):
            "found \(found) \(unit.symbol), expected \(lower) to \(upper) \(unit.symbol), the actuator's limits"
        case .tooFewPoints(let found, let expected):
            "found a table of \(found) points, expected at least \(expected)"
        case .missingActuator(let name):
            "found no entry for the actuator \(name), expected one for every actuator of the robot"
        }
    }
}

/// All that is wrong with a file, said at once.
public struct FileProblems: Error, Sendable, CustomStringConvertible {
    public let problems: [FileProblem]

    /// The first problem in one line, and how many more `mien check` would list.
    public var description: String {
        guard let first = problems.first else { return "nothing is wrong" }
        return problems.count == 1 ? "\(first)" : "\(first) (and \(problems.count - 1) more, see mien check)"
    }
}
