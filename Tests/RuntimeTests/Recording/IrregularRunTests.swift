import Actuation
import FaceKit
import Foundation
import Hardware
import Telemetry
import Testing

@testable import Runtime

/// A run as a loaded machine makes it: ticks late and left out, frames late, a line lost, an operator who steps in.
@Suite struct IrregularRunTests {
    /// A line that overwrites every fifth frame, is lost for a while, and writes the rest as `BusWriter` would.
    private final class LossyBus: BusOutput, @unchecked Sendable {
        // Unchecked because one thread steps it.
        let name: String
        let actuators: [Int]
        let inventory = BusInventory()
        let mismatch: BusMismatch? = nil
        var state = BusState.open
        var statistics: BusStatistics { BusStatistics() }
        private var line: HandWrittenLine
        private let tap: BusTap
        private var last: (positions: [Double], enabled: [Bool])?
        private var sends = 0

        init(robot: RobotDescription, tap: @escaping BusTap) {
            name = robot.buses[0].name
            line = HandWrittenLine(robot: robot)
            actuators = line.language.actuators
            self.tap = tap
            write(line.language.greeting, BusWrite(.greeting))
        }

        func telemetry(of actuator: Int) -> ServoReport? { nil }
        func nextEvent() -> BusEvent? { nil }
        func finish() { write(line.language.relaxation, BusWrite(.farewell)) }

        private func write(_ bytes: [UInt8], _ part: BusWrite) {
            guard !bytes.isEmpty else { return }
            // In two pieces, as a slow line takes them.
            let half = bytes.count / 2
            for (piece, isStart) in [(bytes[..<half], true), (bytes[half...], false)] where !piece.isEmpty {
                var part = part
                part.isStart = isStart
                Array(piece).withUnsafeBytes { tap($0, part) }
            }
        }

        func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
            sends += 1
            guard state == .open, sends % 5 != 0 else { return }
            write(line.frame(positions, enabled: enabled), BusWrite(.frame, time: time))
            last = (positions.indices.map { positions[$0] }, enabled.indices.map { enabled[$0] })
        }

        func comeBack() {
            line.forget()
            state = .returned
            write(
                line.language.greeting + (last.map { line.frame($0.positions.span, enabled: $0.enabled.span) } ?? []),
                BusWrite(.greeting))
        }

        func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool {
            guard let last else { return false }
            for index in actuators { positions[index] = last.positions[index] }
            state = .open
            return true
        }
    }

    /// Steps both rates by hand, and records it.
    private func record(_ stand: RecordedStand, to path: String) throws {
        let session = try stand.session(seconds: 60) { options in
            options.behaviour = Session.Behaviour(folder: RecordedStand.home.file("Scripts"))
        }
        let run = try HandSteppedRun(session, to: path, offset: 0.03) { LossyBus(robot: $0, tap: $1) }
        let (bus, console) = (run.bus, run.console)
        let random = CounterRandom(seed: 8, system: .test)
        var late: MotionPacket?
        for tick in 0..<900 {
            func draw(_ number: UInt32) -> Float { random.uniform(frame: UInt32(tick), draw: number) }
            switch tick {
            case 100: console.commands.put(.gesture(name: "nod", strength: 1, duration: 1)) { _ in }
            case 200: console.commands.put(.intensity(0.5)) { _ in }
            case 300: console.stop.press(.operator)
            case 360: console.stop.clearByOperator()
            case 400: bus.state = .lost
            case 450: bus.comeBack()
            default: break
            }
            if let packet = late.take() { run.slot.put(packet) }
            if tick % 4 == 1, tick < 700, draw(0) > 0.1 {
                let packet = run.motion.tick(tick / 4, lateness: Nanoseconds(draw(1) * 9e6))?.packet
                if draw(2) > 0.2 { packet.map(run.slot.put) } else { late = packet }
            }
            // Some control ticks are left out.
            guard draw(3) > 0.05 else { continue }
            run.controlTick(tick, lateness: Nanoseconds(draw(4) * 4e6)) { elapsed in
                if tick >= 700, run.control.player.driver != .settling { run.control.settle(at: elapsed) }
            }
        }
        try run.finish()
    }

    @Test func itRunsAgainBitForBit() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        try record(stand, to: path)
        let outcome = try stand.verify(path)
        #expect(outcome.difference == nil)
        #expect(outcome.commands == 2)
        let commands = try RecordedStand.messages(path, topic: "/command").map {
            try JSONDecoder().decode([String: Scalar].self, from: Data($0.bytes))["command"]
        }
        #expect(
            commands.sorted { "\($0 as Any)" < "\($1 as Any)" } == ["clear", "emergency_stop", "gesture", "intensity"])
    }

    @Test(arguments: [
        ("/control", "\"pressed\":\"operator\",", "", "stopped"),
        ("/control", "\"lost\":[\"face\"]", "\"lost\":[]", "lost"),
        ("/command", "\"value\":0.5", "\"value\":0.25", "channels."),
    ]) func anInputThatIsChangedIsFound(_ channel: String, _ text: String, _ other: String, _ place: String) throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        try record(stand, to: path)
        let first = try #require(
            try RecordedStand.messages(path, topic: channel).first {
                String(decoding: $0.bytes, as: UTF8.self).contains(text)
            })
        let changed = try stand.copy(
            path, to: "changed.mcap", changing: channel, number: first.sequence, text, to: other)
        let difference = try #require(try stand.verify(changed).difference)
        #expect(difference.place.contains(place))
        #expect(difference.channel == (channel == "/command" ? "/motion" : channel))
    }

    /// Recordings that were written to mislead: the reader's checksums are right, the messages are not.
    @Test func hostileMessagesAreRefusedOrFoundToDiffer() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        _ = try stand.session(seconds: 2).runVirtually(record: path)
        let changes: [(topic: String, text: String, other: String)] = [
            ("/control", "\"tick\":20,", "\"tick\":9223372036854775807,"),
            ("/control", "\"tick\":20,", "\"tick\":-4,"),
            ("/control", "\"lateness_us\":0.0", "\"lateness_us\":1e300"),
            ("/control", "\"tick\":20,", "\"tick\":20,\"frame\":7000,"),
            ("/control", "{", "[{"),
            ("/motion", "\"lateness_us\":0.0", "\"lateness_us\":-1"),
            ("/motion", "\"tick\":5,", "\"tick\":5e3,"),
            ("/person", "\"source_time_s\":", "\"source_time_s\":1e400,\"x\":"),
            ("/bus/face", "\"bytes\":\"", "\"bytes\":\"@"),
            ("/bus/face", "\"purpose\":\"frame\"", "\"purpose\":\"poem\""),
        ]
        for (place, change) in changes.enumerated() {
            let message = try #require(
                try RecordedStand.messages(path, topic: change.topic).first {
                    String(decoding: $0.bytes, as: UTF8.self).contains(change.text)
                })
            let changed = try stand.copy(
                path, to: "\(place).mcap", changing: change.topic, number: message.sequence, change.text,
                to: change.other)
            do {
                #expect(try stand.verify(changed).difference != nil, "\(change)")
            } catch {
                #expect(error is RecordedRun.Error, "\(change): \(error)")
            }
        }
    }

    @Test func attachmentsCannotLeaveTheirFolder() throws {
        let stand = try RecordedStand()
        let names = [
            "../../evil", "/etc/evil", "Scripts/../../evil", "Scripts/.hidden", "Scripts/Gestures/nod.yaml",
            "robot.yaml",
        ]
        let files = try ExtractedFiles(
            names.map { RecordedAttachment(name: $0, mediaType: "text/plain", bytes: [65]) })
        #expect(files.names == ["Scripts/Gestures/nod.yaml", "robot.yaml"])
        #expect(FileManager.default.contents(atPath: files.path("robot.yaml")) == Data([65]))
        _ = stand
    }
}
