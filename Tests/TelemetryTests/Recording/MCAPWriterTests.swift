import FaceKit
import Foundation
import Testing

@testable import Telemetry

/// What stands on the disk while a recording is written: whole at every instant. That other people's readers take it is
/// shown by `Tests/Peers/mcap.py`.
@Suite struct MCAPWriterTests {
    /// A disk that remembers what stood on it before each write and in the middle of it, and may be full.
    private final class Disk {
        var bytes: [UInt8] = []
        var states: [[UInt8]] = []
        var capacity = Int.max
        /// The longest write that the states show torn: a page is copied in one piece.
        static let page = 4096
    }

    private struct Store: RecordingStore, ~Copyable {
        let disk: Disk

        func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(RecordingError) {
            let end = Int(offset) + bytes.count
            if end > disk.capacity {
                put(bytes.prefix(max(0, disk.capacity - Int(offset))), at: Int(offset))
                throw RecordingError(path: "disk", code: ENOSPC)
            }
            // The first chunk of bytes that a kill lets through, and all of them.
            if bytes.count > Disk.page || offset > disk.bytes.count - MCAPTrailer.length {
                put(bytes.prefix(bytes.count / 2), at: Int(offset))
            }
            put(bytes, at: Int(offset))
        }

        private func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
            if disk.bytes.count < offset + bytes.count {
                disk.bytes += Array(repeating: 0, count: offset + bytes.count - disk.bytes.count)
            }
            disk.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            disk.states.append(disk.bytes)
        }

        func cut(at offset: UInt64) { disk.bytes = Array(disk.bytes.prefix(Int(offset))) }
    }

    private static let channel = RecordedChannel(topic: "/n", schemaName: "N", schema: "{\"type\":\"object\"}")

    private func numbers(_ bytes: [UInt8], _ folder: TemporaryFolder) throws -> (numbers: [String], isFinished: Bool) {
        let path = folder.file("state.mcap")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let reader = try MCAPReader(path: path)
        var numbers: [String] = []
        try reader.forEachMessage { numbers.append(String(decoding: $0.bytes, as: UTF8.self)) }
        return (numbers, reader.isFinished)
    }

    private func write(chunks: Int, to disk: Disk) throws {
        var writer = try MCAPWriter(store: Store(disk: disk), library: "test", metadata: [("mien", [("seed", "1")])])
        try writer.attach(RecordedAttachment(name: "a", mediaType: "text/plain", bytes: []), at: 0)
        let channel = writer.addChannel(Self.channel)
        for chunk in 0..<chunks {
            for message in 0..<3 {
                try writer.write("{\"n\":\(3 * chunk + message)}".utf8, to: channel, at: UInt64(3 * chunk + message))
            }
            try writer.flush()
        }
        try writer.finish()
    }

    @Test func aFileReadsBackAsItWasWritten() throws {
        let disk = Disk()
        try write(chunks: 4, to: disk)
        let (found, isFinished) = try numbers(disk.bytes, TemporaryFolder())
        #expect(isFinished)
        #expect(found == (0..<12).map { "{\"n\":\($0)}" })
    }

    @Test func atEveryInstantTheFileOpensWithAllChunksBeforeTheNewest() throws {
        let disk = Disk()
        try write(chunks: 4, to: disk)
        let folder = try TemporaryFolder()
        var before = 0
        // The first state is the half-written beginning of a file.
        for state in disk.states.dropFirst() {
            let found = try numbers(state, folder).numbers
            #expect(found.count >= before, "nothing that was there is lost")
            #expect(found == (0..<found.count).map { "{\"n\":\($0)}" })
            #expect(state.suffix(8) == MCAP.magic[...] || found.count % 3 == 0)
            before = found.count
        }
        #expect(before == 12)
    }

    @Test(arguments: Array(stride(from: 200, to: 900, by: 37))) func aFullDiskLeavesAFileThatOpens(capacity: Int) throws
    {
        let disk = Disk()
        disk.capacity = capacity
        let error = #expect(throws: RecordingError.self) { try write(chunks: 10, to: disk) }
        #expect(error?.code == ENOSPC)
        let found = try numbers(disk.bytes, TemporaryFolder()).numbers
        #expect(found == (0..<found.count).map { "{\"n\":\($0)}" })
        #expect(disk.bytes.suffix(8) == MCAP.magic[...], "the file has an end")
    }

    @Test func aRingKeepsItsOrderAndCountsWhatFoundItFull() {
        let ring = SampleRing(capacity: 3, initial: 0, numbersEach: 2)
        for value in 1...5 {
            ring.put { fact, numbers in
                fact = value
                numbers[1] = Double(value) / 2
            }
        }
        var seen: [[Double]] = []
        while ring.take({ seen.append([Double($0), $1[1]]) }) {}
        #expect(seen == [[1, 0.5], [2, 1], [3, 1.5]])
        #expect(ring.droppedCount == 2)
    }

    @Test func everyNumberReadsBackBitForBit() throws {
        let random = CounterRandom(seed: 3, system: .test)
        for index in 0..<UInt32(5000) {
            let high = UInt64(random.bits(frame: index, draw: 0))
            let low = UInt64(random.bits(frame: index, draw: 1))
            let (double, float) = (Double(bitPattern: high << 32 | low), Float(bitPattern: UInt32(low)))
            guard double.isFinite, float.isFinite else { continue }
            var row = JSONRow()
            row.begin()
            row.put("double", double)
            row.put("float", float)
            row.end()
            struct Row: Decodable {
                var double: Double
                var float: Float
            }
            let read = try JSONDecoder().decode(Row.self, from: Data(row.bytes))
            #expect(read.double.bitPattern == double.bitPattern && read.float.bitPattern == float.bitPattern)
        }
    }

    @Test func numbersInRowsReadBackBitForBit() throws {
        var row = JSONRow()
        row.begin()
        row.put("a", 0.1 + 0.2)
        row.put("tiny", Float.leastNonzeroMagnitude)
        row.put("nan", Double.nan)
        row.put("text", "a\"\n\\é")
        row.put("inner") { $0.put(JSONKey("é\""), Float(0.1)) }
        row.end()
        struct Row: Decodable {
            var a: Double
            var tiny: Float
            var nan: Double?
            var text: String
            var inner: [String: Float]
        }
        let read = try JSONDecoder().decode(Row.self, from: Data(row.bytes))
        #expect(read.a.bitPattern == (0.1 + 0.2).bitPattern)
        #expect(read.tiny == .leastNonzeroMagnitude)
        #expect(read.nan == nil)
        #expect(read.text == "a\"\n\\é")
        #expect(read.inner == ["é\"": 0.1])
    }
}
