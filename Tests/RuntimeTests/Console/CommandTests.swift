import Foundation
import Testing

@testable import Runtime

@Suite struct CommandTests {
    private func command(_ json: String) throws -> Command {
        try JSONDecoder().decode(Command.self, from: Data(json.utf8))
    }

    @Test func everyCommandIsReadBackFromWhatItWrites() throws {
        let commands: [Command] = [
            .emergencyStop, .clear, .status, .events, .gesture(name: "nod", strength: 1.5, duration: 0.5),
            .expression(name: "joy", intensity: 0.4, hold: 3), .say(text: "Grüß Gott"), .intensity(0.25),
            .mode(name: "idle"), .parameter(name: "blink_rate", value: 20),
            .startScript(file: "Scripts/01.lua"), .stopScript(name: "shy"), .reloadScript(name: "shy"),
            .evaluate(source: "return 1"), .startRecording(file: "/tmp/a.mcap"), .stopRecording,
        ]
        #expect(Set(commands.map(\.specification.name)).count == Command.specifications.count)
        for command in commands {
            let data = try JSONEncoder().encode(command)
            #expect(try JSONDecoder().decode(Command.self, from: data) == command)
        }
    }

    @Test func multipliersThatAreNotGivenAreOne() throws {
        #expect(
            try command(#"{"command":"gesture","name":"nod"}"#) == .gesture(name: "nod", strength: 1, duration: 1))
        #expect(
            try command(#"{"command":"expression","name":"joy","intensity":null}"#)
                == .expression(name: "joy", intensity: 1, hold: 2))
    }

    @Test(arguments: [
        (#"{}"#, "command is missing, expected the name of a command"),
        (#"{"command":3}"#, "command: found a number, expected a text"),
        (#"{"command":"gesture"}"#, "name is missing, expected a text of 1 to 200 bytes"),
        (#"{"command":"gesture","name":7}"#, "name: found a number, expected a text of 1 to 200 bytes"),
        (#"{"command":"gesture","name":""}"#, "name: found an empty text, expected a text of 1 to 200 bytes"),
        (
            #"{"command":"gesture","name":"nod","strength":"big"}"#,
            "strength: found a text, expected a number from 0 to 2"
        ),
        (#"{"command":"gesture","name":"nod","strength":2.5}"#, "strength: found 2.5, expected a number from 0 to 2"),
        (
            #"{"command":"gesture","name":"nod","strenght":1}"#,
            "gesture has no \"strenght\", it has name, strength, duration"
        ),
        (#"{"command":"clear","now":true}"#, "clear has no \"now\", expected nothing beside command and id"),
        (#"{"command":"intensity","value":-1}"#, "value: found -1, expected a number from 0 to 2"),
        (#"{"command":"intensity","value":true}"#, "value: found a boolean, expected a number from 0 to 2"),
    ])
    func whatIsWrongIsSaidWithWhatWasFoundAndExpected(json: String, sentence: String) {
        let problem = #expect(throws: Command.Problem.self) { try self.command(json) }
        #expect(problem?.description == sentence)
    }

    @Test func onlyTheOperatorClears() {
        #expect(Command.clear.specification.authority == .operator)
        #expect(Command.evaluate(source: "x").specification.authority == .operator)
        #expect(Command.emergencyStop.specification.authority == .anybody)
    }

    @Test func aFullQueueAnswersAtOnceThatItIsBusy() {
        let queue = CommandQueue(capacity: 2)
        let stream = EventStream()
        for _ in 0..<3 {
            queue.put(.status) { result in
                if case .failure(let problem) = result { stream.post(ConsoleEvent(problem.code, seconds: 0)) }
            }
        }
        #expect(stream.take().events.map(\.name) == ["busy"])
        var performed = 0
        queue.drain { _, answer in
            performed += 1
            answer(.success([:]))
        }
        #expect(performed == 2)
    }

    @Test func theOldestEventsAreDroppedAndCounted() {
        let stream = EventStream(capacity: 3)
        for index in 0..<5 { stream.post(ConsoleEvent("e\(index)", seconds: 0)) }
        let (events, dropped) = stream.take()
        #expect(events.map(\.name) == ["e2", "e3", "e4"])
        #expect(dropped == 2)
    }
}
