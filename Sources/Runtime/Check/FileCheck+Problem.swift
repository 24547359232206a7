import Actuation
import FaceKit

extension FileCheck.Problem {
    init(_ problem: FileProblem) {
        self.init(
            file: problem.file, line: problem.line, key: problem.key.isEmpty ? nil : problem.key,
            message: "\(problem.fault)")
    }

    /// A reader's error: its place where it has one, and its sentence without the place.
    init(_ error: any Error, file: String) {
        let place = (error as? TrackFile.Error)?.place
        var message = Substring(String(describing: error))
        if message.hasPrefix(file) {
            message = message.dropFirst(file.count)
            // What follows the file is `, line 3, column x: ` or `: `.
            if let colon = message.firstRange(of: ": ") { message = message[colon.upperBound...] }
        }
        self.init(file: file, line: place?.line, key: place?.column, message: String(message))
    }
}

extension TrackFile.Error {
    /// Line and column of what is wrong, where it has any.
    fileprivate var place: (line: Int, column: String?)? {
        switch self {
        case .notANumber(_, let line, let column, _, _), .outOfRange(_, let line, let column, _, _),
            .timeNotIncreasing(_, let line, let column, _, _):
            (line, column)
        case .notText(_, let line), .badQuotes(_, let line), .wrongCellCount(_, let line, _, _): (line, nil)
        case .semicolons, .unknownFormat: (1, nil)
        case .unknownColumn(_, let name, _), .duplicateColumn(_, let name), .missingColumn(_, let name): (1, name)
        case .cannotRead, .cannotWrite, .empty, .noFrames, .notFinite: nil
        }
    }
}
