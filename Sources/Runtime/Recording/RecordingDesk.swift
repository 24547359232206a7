import Foundation
import Synchronization
import Telemetry

/// Where recordings of a running controller are begun and ended from its console. Nobody waits: files are opened and
/// closed on the recorder's thread, and whoever asked is told then.
final class RecordingDesk: Sendable {
    private let place = Mutex<(recorder: Recorder, manifest: RunManifest)?>(nil)
    private let folder = Mutex<URL?>(nil)

    /// Recordings for which nobody names a file go into this folder, which is made when the first one begins.
    func keep(in folder: URL?) { self.folder.withLock { $0 = folder } }

    /// The file that a recording goes to just now.
    var current: String? { place.withLock { $0?.recorder }?.current }

    /// A run has a recorder from here on.
    func attach(_ recorder: Recorder, _ manifest: RunManifest) {
        place.withLock { $0 = (recorder, manifest) }
    }

    func detach() { place.withLock { $0 = nil } }

    /// Begins a recording in a file, or in a new one of the folder for them.
    func start(_ file: String?, answer: @escaping CommandQueue.Answer) {
        guard let (recorder, manifest) = place.withLock({ $0 }) else {
            return answer(.failure(.notHere(command: "record_start")))
        }
        guard let file = file ?? newFile(robot: manifest.robot) else {
            return answer(.failure(.refused("there is no folder for recordings, name one with --recordings")))
        }
        guard file.hasPrefix("/") else {
            return answer(.failure(.refused("found the file \"\(file.prefix(60))\", expected a path from the root")))
        }
        var late = manifest
        late.isWhole = false
        late.began = Date().ISO8601Format()
        recorder.begin(late, at: file) { refusal in
            answer(refusal.map { .failure(.refused($0.description)) } ?? .success(["file": .text(file)]))
        }
    }

    /// A path that nothing has yet, by the robot's name and the time; nil without a folder.
    private func newFile(robot: String) -> String? {
        guard let folder = folder.withLock({ $0 }) else { return nil }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let time = Date().ISO8601Format().replacing(":", with: "-")
        let names = ["\(robot) \(time)"] + (2...100).map { "\(robot) \(time) \($0)" }
        return names.map { folder.appendingPathComponent(RobotIdentity.id(of: $0) + ".mcap").path }
            .first { !FileManager.default.fileExists(atPath: $0) }
    }

    /// Ends the recording that goes on.
    func stop(answer: @escaping CommandQueue.Answer) {
        guard let (recorder, _) = place.withLock({ $0 }) else {
            return answer(.failure(.notHere(command: "record_stop")))
        }
        recorder.end { result in
            switch result {
            case .failure(let refusal): answer(.failure(.refused(refusal.description)))
            case .success(let recording):
                if let failure = recording.failure { return answer(.failure(.refused(failure))) }
                answer(
                    .success([
                        "file": .text(recording.file), "messages": .number(Double(recording.messages)),
                        "bytes": .number(Double(recording.bytes)), "dropped": .number(Double(recording.dropped)),
                    ]))
            }
        }
    }
}
