import FaceKit
import Foundation
import Testing

@testable import Behaviour

/// A script of `Scripts/` before a person made up for it, and what must come of it.
struct ScenarioRun {
    /// Something that must happen: a line's beginning, and when, in seconds.
    struct Expected {
        let line: String
        let window: ClosedRange<Double>

        init(_ line: String, _ window: ClosedRange<Double>) {
            self.line = line
            self.window = window
        }
    }

    /// What scripts did, `script verb arguments`, in order.
    private(set) var lines: [(time: Double, text: String)] = []
    private(set) var failures: [ScriptFailure] = []

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")

    /// Runs scripts of the folder for some seconds at 25 ticks a second; `person` is sensed at each tick's time.
    init(
        _ names: [String], seconds: Double, seed: UInt64 = 1, person: (Double) -> PersonFrame? = { _ in nil }
    ) throws {
        let core = BehaviourCore(
            frameRate: 25, seed: seed, library: try GestureLibrary(folder: Self.folder.path),
            shelf: MoveShelf(folders: [], isImmediate: true))
        for name in names {
            let path = Self.folder.appendingPathComponent(name + ".lua")
            let source = Array(try Data(contentsOf: path))
            if let failure = core.host.load(source, name: name, path: name + ".lua") { failures.append(failure) }
        }
        for tick in 0..<Int(seconds * 25) {
            let time = Double(tick) / 25
            core.begin(time: time, person: person(time))
            _ = core.mix(FaceChannels())
            for event in core.host.events { note(event) }
            core.host.events.removeAll()
        }
    }

    private mutating func note(_ event: ScriptHost.Event) {
        let text: String
        switch event.kind {
        case .acted(let verb): text = verb
        case .said(let words): text = "says \(words)"
        case .log(let words): text = "log \(words)"
        case .emitted(let name, let value): text = "emit \(name) \(ScriptHost.text(value))"
        case .finished: text = "finished"
        case .failed(let failure), .refused(let failure):
            failures.append(failure)
            return
        case .started, .reloaded, .stopped, .emergencyStop, .postponed: return
        }
        lines.append((event.time, "\(event.script.prefix(2)) \(text)"))
    }

    /// Holds the run against a list: each line is there in its window, in this order; others may come between.
    func expect(_ expected: [Expected], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(failures.isEmpty, sourceLocation: sourceLocation)
        var place = 0
        for item in expected {
            guard
                let found = lines[place...].firstIndex(where: {
                    $0.text.contains(item.line) && item.window.contains($0.time)
                })
            else {
                let rest = lines[place...].map { "\($0.time) \($0.text)" }.joined(separator: "; ")
                let window = "\(item.window.lowerBound) to \(item.window.upperBound) s"
                Issue.record("no \"\(item.line)\" from \(window); left: \(rest)", sourceLocation: sourceLocation)
                return
            }
            place = found + 1
        }
    }

    func count(_ line: String) -> Int { lines.count { $0.text.contains(line) } }
}

extension PersonFrame {
    /// A made-up person: how much they smile, whether their mouth moves at this time, and where their head is turned.
    static func madeUp(_ time: Double, smile: Float = 0, isSpeaking: Bool = false, yaw: Float = 0) -> PersonFrame {
        var frame = PersonFrame(sensed: .face)
        frame.face[.mouthSmileLeft] = smile
        frame.face[.mouthSmileRight] = smile
        // A syllable a fifth of a second.
        frame.face[.jawOpen] = isSpeaking && Int((time * 25).rounded()) % 5 < 2 ? 0.25 : 0.02
        frame.face.head.yaw = yaw
        return frame
    }
}
