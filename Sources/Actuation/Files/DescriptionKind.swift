/// Which of the YAML files of this target a file is, told by its keys.
public enum DescriptionKind: Sendable, Equatable {
    case robot
    case calibration
    /// It is neither; the keys that it has at the top.
    case unknown(keys: [String])

    /// Looks into a file.
    /// - Throws: `FileProblems` when it cannot be read, is no YAML, or is no mapping.
    public init(path: String) throws(FileProblems) {
        let file = try YAMLFile(path: path)
        let top = file.reader()
        try file.check()
        let keys = top?.mapping.compactMap { $0.key.string } ?? []
        if keys.contains("robot") {
            self = .calibration
        } else if keys.contains("buses") || top?.mapping["actuators"]?.sequence != nil {
            self = .robot
        } else {
            self = keys.contains("actuators") ? .calibration : .unknown(keys: keys)
        }
    }
}
