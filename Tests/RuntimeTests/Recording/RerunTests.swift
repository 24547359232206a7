import FaceKit
import Foundation
import Telemetry
import Testing

@testable import Runtime

@Suite struct RerunTests {
    @Test func aRecordedRunRunsAgainBitForBit() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        let summary = try stand.session(seconds: 3).runVirtually(record: path)
        let outcome = try stand.verify(path)
        #expect(outcome.difference == nil)
        // 3 s of motion, and 2 s in which the face settles.
        #expect(outcome.motionTicks == 75)
        #expect(outcome.controlTicks == 500)
        #expect(outcome.busBytes == summary.buses[0].bytes)
    }

    @Test func recordingChangesNothing() throws {
        let stand = try RecordedStand()
        let session = try stand.session()
        let recorded = try session.runVirtually(record: stand.file("run.mcap"))
        #expect(try session.runVirtually().buses[0].sha256 == recorded.buses[0].sha256)
    }

    @Test func equalRunsGiveEqualFiles() throws {
        let stand = try RecordedStand()
        let session = try stand.session()
        _ = try session.runVirtually(record: stand.file("a.mcap"))
        _ = try session.runVirtually(record: stand.file("b.mcap"))
        let (a, b) = (
            FileManager.default.contents(atPath: stand.file("a.mcap")),
            FileManager.default.contents(atPath: stand.file("b.mcap"))
        )
        #expect(a != nil && a == b)
    }

    @Test func aFlippedInputIsFoundAtItsTick() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        _ = try stand.session().runVirtually(record: path)
        let person = try RecordedStand.messages(path, topic: "/person")[40]
        let text = String(decoding: person.bytes, as: UTF8.self)
        let field = try #require(text.firstMatch(of: /"jawOpen":([0-9.e-]+)/))
        let flipped = try stand.copy(
            path, to: "flipped.mcap", changing: "/person", number: 40, String(field.0), to: "\"jawOpen\":0.987")
        let difference = try #require(try stand.verify(flipped).difference)
        #expect(difference.channel == "/motion")
        #expect(difference.tick == 40)
        #expect(difference.place == "channels.jawOpen")
        #expect(difference.recorded == String(field.1))
        #expect(difference.rerun == "0.987")
        #expect(difference.description.hasPrefix("motion tick 40 (1.600 s), /motion channels.jawOpen: recorded "))
    }

    @Test func aFlippedByteOnTheBusIsFoundAtItsTick() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        _ = try stand.session().runVirtually(record: path)
        // The writes of a run: the greeting, if there is one, then a frame a tick.
        let writes = try RecordedStand.messages(path, topic: "/bus/face")
        let first = try #require(
            writes.firstIndex { String(decoding: $0.bytes, as: UTF8.self).contains("\"purpose\":\"frame\"") })
        let chosen = try JSONDecoder().decode(RecordedBytes.self, from: Data(writes[first + 70].bytes))
        var bytes = chosen.bytes
        bytes[5] ^= 1
        let flipped = try stand.copy(
            path, to: "flipped.mcap", changing: "/bus/face", number: writes[first + 70].sequence,
            chosen.bytes.base64EncodedString(), to: bytes.base64EncodedString())
        let difference = try #require(try stand.verify(flipped).difference)
        #expect(difference.channel == "/bus/face")
        #expect(difference.tick == 70)
        #expect(difference.place == "frame byte 5")
        #expect(difference.recorded == String(format: "0x%02X", bytes[5]))
        #expect(difference.rerun == String(format: "0x%02X", chosen.bytes[5]))
    }

    @Test func aFlippedTargetIsFoundAtItsTick() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        _ = try stand.session().runVirtually(record: path)
        let text = String(
            decoding: try RecordedStand.messages(path, topic: "/targets")[123].bytes, as: UTF8.self)
        let field = try #require(text.firstMatch(of: /"commanded":{"([A-Za-z-]+)":([0-9.e-]+)/))
        let flipped = try stand.copy(
            path, to: "flipped.mcap", changing: "/targets", number: 123, String(field.0),
            to: "\"commanded\":{\"\(field.1)\":0.25")
        let difference = try #require(try stand.verify(flipped).difference)
        #expect(difference.channel == "/targets" && difference.tick == 123)
        #expect(difference.place == "commanded.\(field.1)")
        #expect(difference.recorded == "0.25" && difference.rerun == String(field.2))
    }

    @Test func behaviourOfItselfAndItsSeedAreRunAgain() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        let session = try stand.session(seconds: 6) { options in
            var behaviour = Session.Behaviour(folder: RecordedStand.home.file("Scripts"))
            behaviour.blinkRate = 40
            behaviour.mirrorGain = 0.37
            behaviour.scripts = ["04_greeting"]
            behaviour.settings = ["name": "Ada", "count": 3]
            options.behaviour = behaviour
        }
        _ = try session.runVirtually(record: path)
        #expect(try stand.verify(path).difference == nil)
        let events = try RecordedStand.messages(path, topic: "/event")
        #expect(events.contains { String(decoding: $0.bytes, as: UTF8.self).contains("script_started") })
        // Another seed blinks at other times, and that is found.
        let other = try RecordedRun(path: path)
        #expect(other.manifest.seed == 4)
        #expect(other.manifest.behaviour?.settings == ["name": "Ada", "count": 3])
    }

    @Test func whatIsNoRecordingOfMienIsRefused() throws {
        let stand = try RecordedStand()
        let path = stand.file("other.mcap")
        var writer = try MCAPWriter(store: try RecordingFile(path: path), library: "other")
        try writer.finish()
        let error = #expect(throws: RunManifest.Error.self) { _ = try RecordedRun(path: path) }
        #expect(error == .notMien(path: path))
    }
}
