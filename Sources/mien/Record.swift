import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien record`: records a controller that runs already.
struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record a running controller to an MCAP file until Ctrl-C.",
        discussion: """
            The controller writes the file itself, so nothing is lost on the way. 'mien run --record' records from the \
            first tick on, which 'mien replay --verify' needs.
            """)

    @Argument(help: "The file; one of that name is replaced.", completion: .file(extensions: ["mcap"]))
    var file: String

    @OptionGroup var choice: RobotChoice

    @Option(help: "End after so many seconds.")
    var seconds: Double?

    func validate() throws {
        try OutputFiles.requireNames([(file, "The recording")])
        if let seconds, !(seconds > 0 && seconds <= 1e7) { throw ValidationError("--seconds must be above 0") }
    }

    func run() throws {
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        var client = try choice.connect()
        let path = URL(fileURLWithPath: file).standardizedFileURL.path
        try client.ask(.startRecording(file: path), within: 10)
        print(Failure.printable("\(client.robot): recording to \(path)" + (seconds == nil ? ", Ctrl-C ends it" : "")))
        // The wall's clock may be put right meanwhile.
        let clock = SystemClock()
        let last = seconds.map { clock.now() + Nanoseconds($0 * 1e9) } ?? .max
        var looks = 0
        var isThere = true
        while !stop.isRequested, isThere, clock.now() < last {
            Thread.sleep(forTimeInterval: 0.05)
            looks += 1
            if looks.isMultiple(of: 20) { isThere = try Self.isThere(&client) }
        }
        if isThere {
            try end(&client)
        } else {
            print(Failure.printable("\(client.robot): the run has ended, and the recording with it"))
        }
    }

    private static func isThere(_ client: inout ConsoleClient) throws -> Bool {
        do {
            _ = try client.status()
            return true
        } catch ConsoleClient.Failure.gone {
            return false
        }
    }

    private func end(_ client: inout ConsoleClient) throws {
        let facts = try client.ask(.stopRecording, within: 30)
        func number(_ key: String) -> Int { if case .number(let value)? = facts[key] { Int(value) } else { 0 } }
        print(
            Failure.printable(
                "\(client.robot): \(number("messages")) messages in \(number("bytes")) bytes, "
                    + "\(number("dropped")) dropped"))
    }
}
