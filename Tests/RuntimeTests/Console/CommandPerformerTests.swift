import FaceKit
import Motion
import Perception
import Synchronization
import Testing

@testable import Runtime

/// Commands on the virtual clock, from the queue to whoever performs them.
@Suite struct CommandPerformerTests {
    private final class Notes: Sendable {
        let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock(\.self) }
    }

    /// Nods at once, answers `say` two ticks later.
    private struct Performer: CommandPerformer {
        let notes: Notes
        var waiting: [CommandQueue.Answer] = []

        mutating func perform(_ command: Command, at seconds: Double, answer: @escaping CommandQueue.Answer) {
            notes.add("\(seconds) \(command.specification.name)")
            switch command {
            case .gesture: answer(.success(["seconds": 0.8]))
            case .say: waiting.append(answer)
            case .intensity: while let late = waiting.popLast() { late(.success([:])) }
            default: answer(.failure(.refused("no")))
            }
        }

        func describe(into status: inout ConsoleStatus.Motion) {
            status.layers = [.init(name: "idle", priority: 1, weight: 0.5)]
        }
    }

    private func pipeline(_ console: Console) -> MotionPipeline {
        MotionPipeline(
            person: AbsentPerson(), idler: nil, listener: nil, frameRate: 25,
            portrait: { MotionFrame(face: $0, landmarks: LandmarkFrame(), distances: .init(repeating: 0)) },
            console: console)
    }

    @Test func commandsArePerformedAtTheNextMotionTickInTheirOrder() {
        let console = Console(robot: "r")
        let notes = Notes()
        var pipeline = pipeline(console)
        pipeline.performer = Performer(notes: notes)
        func give(_ command: Command) {
            console.commands.put(command) { notes.add("answer to \(command.specification.name): \($0)") }
        }
        give(.say(text: "hello"))
        give(.gesture(name: "nod", strength: 1, duration: 1))
        #expect(notes.all.isEmpty)
        _ = pipeline.tick(5, lateness: 0)
        give(.intensity(0.5))
        _ = pipeline.tick(6, lateness: 0)
        #expect(
            notes.all.map { String($0.prefix(24)) } == [
                "0.2 say", "0.2 gesture", "answer to gesture: succe", "0.24 intensity", "answer to say: success([",
            ])
    }

    @Test func statusAsksWhoeverPerforms() {
        let console = Console(robot: "r")
        var pipeline = pipeline(console)
        pipeline.performer = Performer(notes: Notes())
        console.commands.put(.status) { _ in }
        _ = pipeline.tick(9, lateness: 0)
        #expect(console.motionStatus?.ticks == 10)
        #expect(console.motionStatus?.layers.first?.name == "idle")
    }

    @Test func aControllerWithoutBehaviourSaysThatItTakesNoGestures() {
        let console = Console(robot: "r")
        let notes = Notes()
        var pipeline = pipeline(console)
        console.commands.put(.gesture(name: "nod", strength: 1, duration: 1)) { result in
            if case .failure(let problem) = result { notes.add("\(problem)") }
        }
        _ = pipeline.tick(0, lateness: 0)
        #expect(notes.all == ["this controller does not take gesture"])
    }
}
