import FaceKit
import Foundation
import Testing

@testable import Telemetry

/// Files of the official Python writer (`Golden/make.py`), and what hostile hands make of them.
@Suite struct MCAPReaderTests {
    private static func golden(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: name, withExtension: "mcap", subdirectory: "Golden")).path
    }

    @Test func checksumsAreThoseOfTheStandard() {
        // The check value that the CRC catalogue gives for CRC-32/ISO-HDLC.
        #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926)
    }

    @Test(arguments: ["zstd", "none"]) func filesOfTheOfficialWriterAreRead(name: String) throws {
        let reader = try MCAPReader(path: Self.golden(name))
        #expect(reader.isFinished)
        #expect(reader.metadata == ["mien": ["seed": "7", "robot": "face"]])
        #expect(
            reader.attachments == [
                RecordedAttachment(name: "robot.yaml", mediaType: "text/yaml", bytes: Array("name: face\n".utf8))
            ])
        #expect(reader.topics == ["/a", "/b"])
        var messages: [RecordedMessage] = []
        try reader.forEachMessage { messages.append($0) }
        var expected: [RecordedMessage] = []
        for number in 0..<12 {
            let topic = number % 3 == 0 ? "/b" : "/a"
            expected.append(
                RecordedMessage(
                    topic: topic, time: UInt64(1000 + number), sequence: UInt32(number),
                    bytes: Array("{\"i\":\(number)}".utf8)))
        }
        #expect(messages == expected)
    }

    @Test func aCompressionThatIsNotKnownIsNamed() throws {
        let path = try Self.golden("lz4")
        let reader = try MCAPReader(path: path)
        let error = try #require(throws: MCAPReader.Error.self) { try reader.forEachMessage { _ in } }
        #expect(error.fault == .compression("lz4"))
        #expect(error.description.hasSuffix("found the compression \"lz4\", expected zstd or none"))
    }

    @Test func whatIsNoRecordingIsRefusedInOneSentence() throws {
        let folder = try TemporaryFolder()
        func refusal(_ text: String) throws -> String {
            let path = folder.file("a.mcap")
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let error = try #require(throws: MCAPReader.Error.self) { _ = try MCAPReader(path: path) }
            return error.description.replacingOccurrences(of: path, with: "FILE")
        }
        #expect(
            try refusal("time_s,jawOpen\n0,1\n") == "FILE is no MCAP file: it does not begin with MCAP's magic bytes")
        #expect(try refusal("") == "FILE, byte 0: the file is cut short")
        let absent = #expect(throws: MCAPReader.Error.self) { _ = try MCAPReader(path: folder.file("none.mcap")) }
        #expect(absent?.fault == .cannotRead(errno: ENOENT))
        let directory = #expect(throws: MCAPReader.Error.self) { _ = try MCAPReader(path: folder.path) }
        #expect(directory?.description.hasSuffix("found no plain file, expected a recording") == true)
    }

    @Test func aPipeIsRefusedWithoutWaitingForAWriter() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        // Whoever waits after 5 s is let go.
        DispatchQueue.global().asyncAfter(deadline: .now() + 5) { _ = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) }
        let start = ContinuousClock.now
        #expect(throws: MCAPReader.Error.self) { _ = try MCAPReader(path: path) }
        #expect(.now - start < .seconds(4))
    }

    @Test func aFlippedBitInAChunkIsFound() throws {
        let folder = try TemporaryFolder()
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.golden("none"))))
        let place = try #require(bytes.firstRange(of: Array("{\"i\":7}".utf8))).lowerBound
        bytes[place + 5] ^= 1
        let path = folder.file("flipped.mcap")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let reader = try MCAPReader(path: path)
        let error = #expect(throws: MCAPReader.Error.self) { try reader.forEachMessage { _ in } }
        #expect(error?.fault == .checksum(of: "a chunk"))
    }

    /// Whatever bytes come, the reader ends, with messages or with an error of its own.
    @Test(arguments: ["zstd", "none"]) func damagedFilesNeverEndTheReaderSoak(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.golden(name))))
        let path = folder.file("fuzz.mcap")
        let random = CounterRandom(seed: 11, system: .test)
        var refused = 0
        for round in 0..<UInt32(ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 200_000 : 500) {
            var bytes = whole
            func draw(_ number: UInt32, below limit: Int) -> Int {
                Int(random.uniform(frame: round, draw: number) * Float(limit)) % max(limit, 1)
            }
            switch draw(0, below: 4) {
            case 0: bytes.removeLast(draw(1, below: bytes.count))
            case 1:
                // A length or an offset becomes huge.
                let place = draw(1, below: bytes.count - 8)
                for index in 0..<8 { bytes[place + index] = UInt8(draw(2 + UInt32(index), below: 256)) }
            default:
                for change in 0..<UInt32(1 + draw(1, below: 4)) {
                    bytes[draw(2 + 2 * change, below: bytes.count)] = UInt8(draw(3 + 2 * change, below: 256))
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let reader = try MCAPReader(path: path)
                var count = 0
                try reader.forEachMessage { _ in count += 1 }
                #expect(count <= 12)
            } catch is MCAPReader.Error {
                refused += 1
            }
        }
        #expect(refused > 50)
    }
}

/// A folder that goes when the test does.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "mien-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func file(_ name: String) -> String { path + "/" + name }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
