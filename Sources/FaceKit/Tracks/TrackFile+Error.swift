extension TrackFile {
    /// What is wrong with a file of tracks or landmarks, with the place and the fact.
    public enum Error: Swift.Error, Equatable, Sendable {
        case cannotRead(path: String, fault: ReadFault)
        case cannotWrite(path: String, code: Int32)
        /// The bytes are not UTF-8 text; `line` counts from 1.
        case notText(path: String, line: Int)
        case empty(path: String)
        case noFrames(path: String)
        case semicolons(path: String)
        case unknownFormat(path: String, header: String)
        case unknownColumn(path: String, name: String, nearest: String?)
        case duplicateColumn(path: String, name: String)
        case missingColumn(path: String, name: String)
        case badQuotes(path: String, line: Int)
        case wrongCellCount(path: String, line: Int, found: Int, expected: Int)
        case notANumber(path: String, line: Int, column: String, found: String, expected: String)
        case outOfRange(path: String, line: Int, column: String, found: String, expected: String)
        case timeNotIncreasing(path: String, line: Int, column: String, found: Double, previous: Double)
        /// A frame that was to be written holds a number that is not finite.
        case notFinite(path: String, frame: Int, column: String)
    }

    /// What keeps a file from being read at all.
    public enum ReadFault: Equatable, Sendable {
        case system(code: Int32)
        /// A device that is no terminal, such as `/dev/zero`.
        case device
        /// The line of this number is longer than any of a track.
        case longLine(Int)
        /// There are more lines than these.
        case endless(lines: Int)
    }
}

extension TrackFile.Error: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let path, let fault):
            "\(path): cannot be read: \(fault)."
        case .cannotWrite(let path, let code):
            "\(path): cannot be written: \(SystemError.text(code))."
        case .notText(let path, let line):
            "\(path), line \(line): found bytes that are not UTF-8 text, expected a CSV file in UTF-8."
        case .empty(let path):
            "\(path): found an empty file, expected a header line and frames."
        case .noFrames(let path):
            "\(path): found a header without frames, expected at least one frame below it."
        case .semicolons(let path):
            "\(path), line 1: found columns separated by semicolons, expected commas."
        case .unknownFormat(let path, let header):
            "\(path), line 1: found the header \"\(header)\", expected a track of Mien's (time_s, ...), a Live Link Face "
                + "take (Timecode, BlendShapeCount, ...) or an OpenFace file (frame, ..., timestamp, confidence, success, ...)."
        case .unknownColumn(let path, let name, let nearest):
            "\(path), line 1: found the unknown column \"\(name)\", expected "
                + (nearest.map { "a known one; did you mean \"\($0)\"?" }
                    ?? "time_s, ARKit blendshapes, head_*_rad, head_*_m, motion_energy, gaze_region, voice or voice_pitch_hz.")
        case .duplicateColumn(let path, let name):
            "\(path), line 1: found the column \"\(name)\" twice, expected it once."
        case .missingColumn(let path, let name):
            "\(path), line 1: expected the column \"\(name)\", found none of that name."
        case .badQuotes(let path, let line):
            "\(path), line \(line): found misplaced quotation marks, expected plain or properly quoted cells."
        case .wrongCellCount(let path, let line, let found, let expected):
            "\(path), line \(line): found \(found) cells, expected \(expected) as in the header."
        case .notANumber(let path, let line, let column, let found, let expected),
            .outOfRange(let path, let line, let column, let found, let expected):
            "\(path), line \(line), column \(column): found \"\(found)\", expected \(expected)."
        case .timeNotIncreasing(let path, let line, let column, let found, let previous):
            "\(path), line \(line), column \(column): found \(found) s, expected a time after \(previous) s."
        case .notFinite(let path, let frame, let column):
            "\(path): not written: frame \(frame), column \(column) is not a finite number."
        }
    }
}

extension TrackFile.ReadFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let code): SystemError.text(code)
        case .device: "is a device, expected a file, a pipe or a terminal"
        case .longLine(let line): "line \(line) is longer than \(LineReader.longestLine) bytes"
        case .endless(let lines): "has more than \(lines) lines, expected at most 24 hours at 240 frames a second"
        }
    }
}
