import FaceKit
import Foundation

/// A request's answer, one JSON object on one line.
struct ConsoleReply: Codable {
    struct Failure: Codable {
        let code: String
        let message: String
    }

    /// What the request called itself; left out when it did not.
    var id: Scalar?
    let ok: Bool
    var error: Failure?
    var result: [String: Scalar]?
    var status: ConsoleStatus?

    init(id: Scalar?, result: [String: Scalar]) {
        self.id = id
        ok = true
        self.result = result.isEmpty ? nil : result
    }

    init(id: Scalar?, status: ConsoleStatus) {
        self.id = id
        ok = true
        self.status = status
    }

    init(id: Scalar?, problem: Command.Problem) {
        self.id = id
        ok = false
        error = Failure(code: problem.code, message: "\(problem)")
    }

    var line: String { Self.line(self) }

    /// A value as one line of JSON.
    static func line(_ value: some Encodable) -> String {
        (try? JSONText.line(value)) ?? #"{"ok":false}"#
    }
}

/// A line from a client: a command and, if it likes, an `id` that comes back with the answer.
struct ConsoleRequest {
    let id: Scalar?
    let command: Result<Command, Command.Problem>

    init(line: String) {
        guard let fields = try? JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8)) else {
            id = nil
            command = .failure(.notAnObject)
            return
        }
        var rest = fields
        // Something long is no name for a request and does not come back.
        switch rest.removeValue(forKey: "id") {
        case .text(let text)? where text.utf8.count > 200: id = nil
        case let given: id = given
        }
        command = Result { () throws(Command.Problem) in try Command(fields: rest) }
    }
}
