/// What an import makes: a robot file, a calibration where the source says what drives its motors, and what it could not
/// take over.
public struct ImportedRobot: Sendable, Equatable {
    /// YAML that `RobotDescription` reads.
    public var robot: String
    /// YAML that `Calibration` reads, nil where the source knows nothing of faces.
    public var calibration: String?
    /// Sentences about what was left out or assumed.
    public var remarks: [String]

    /// What is wrong with a source.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case unreadable(path: String, reason: String)
        case notXML(path: String, line: Int, reason: String)
        /// Nothing in it can be moved.
        case nothing(path: String, expected: String)

        public var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): \(reason)"
            case .notXML(let path, let line, let reason): "\(path):\(line): not XML: \(reason)"
            case .nothing(let path, let expected): "\(path): found nothing that moves, expected \(expected)"
            }
        }
    }

    /// A name as robot files have it: letters, digits, dashes and underscores.
    static func name(_ text: String, else fallback: String) -> String {
        let plain = String(
            text.unicodeScalars.map { scalar in
                (scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
                    || scalar == "-" || scalar == "_" ? Character(scalar) : "-"
            })
        return plain.isEmpty || plain.allSatisfy({ $0 == "-" }) ? fallback : plain
    }

    /// A number with one decimal at most.
    static func plain(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    /// A number with four decimals at most.
    static func fine(_ value: Double) -> String {
        let rounded = (value * 10_000).rounded() / 10_000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
