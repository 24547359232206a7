import FaceKit
import Foundation
import Testing

@testable import Inference

@Suite struct WeightFileTests {
    /// Two tensors: a = [[1, 2]] in fp32, b = [0.5, −2] in fp16 (0x3800, 0xC000); 12 bytes of data.
    let good = SafetensorsBytes(
        header: #"{"__metadata__":{"mien.kind":"test","size":"7","rate":"25.0"},"#
            + #""a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
            + #""b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]} }    "#,
        data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0x00, 0x38, 0x00, 0xC0])

    func one(_ entry: String, data: Int = 8) -> [UInt8] {
        var header = "{\"t\":\(entry)}"
        while !header.utf8.count.isMultiple(of: 8) { header += " " }
        return SafetensorsBytes(header: header, data: [UInt8](repeating: 0, count: data)).bytes
    }

    @Test func readsBothElementTypes() throws {
        try good.withFile { path in
            let file = try WeightFile(path: path)
            #expect(try file.tensor("a", shape: [1, 2]).values == [1, 2])
            #expect(try file.vector("b", count: 2) == [0.5, -2])
            #expect(file.names == ["a", "b"])
        }
    }

    @Test func readsMetadata() throws {
        try good.withFile { path in
            let file = try WeightFile(path: path)
            #expect(try file.integer("size") == 7)
            #expect(try file.number("rate") == 25)
            try file.requireKind("test")
            #expect(throws: WeightFile.Error.missingMetadata(path: path, key: "hop")) { try file.text("hop") }
            #expect(throws: WeightFile.Error.self) { try file.integer("size", in: 8...9) }
            #expect(throws: WeightFile.Error.self) { try file.requireKind("suhmo-lstm") }
        }
    }

    @Test func tensorsOutliveTheFile() throws {
        let tensor = try good.withFile { try WeightFile(path: $0).tensor("a") }
        #expect(tensor.values == [1, 2])
    }

    @Test func namesTheShapeItFound() throws {
        try good.withFile { path in
            let file = try WeightFile(path: path)
            #expect(
                throws: WeightFile.Error.wrongShape(path: path, tensor: "a", found: [1, 2], expected: [2, 1])
            ) { try file.tensor("a", shape: [2, 1]) }
            #expect(throws: WeightFile.Error.missingTensor(path: path, tensor: "c")) { try file.tensor("c") }
        }
    }

    @Test func refusesAFileThatIsNotThere() {
        #expect(throws: WeightFile.Error.cannotOpen(path: "/nowhere/x", errno: ENOENT)) {
            try WeightFile(path: "/nowhere/x")
        }
        #expect(throws: WeightFile.Error.notRegularFile(path: "/")) { try WeightFile(path: "/") }
    }

    @Test func refusesAPipeWithoutWaitingForAWriter() throws {
        let path = NSTemporaryDirectory() + "mien-pipe-" + UUID().uuidString
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        // Whoever waits after 5 s is let go.
        DispatchQueue.global().asyncAfter(deadline: .now() + 5) { _ = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) }
        let start = ContinuousClock.now
        #expect(throws: WeightFile.Error.notRegularFile(path: path)) { try WeightFile(path: path) }
        #expect(.now - start < .seconds(4))
    }

    @Test func refusesEveryTruncation() throws {
        let bytes = good.bytes
        for length in 0..<bytes.count {
            #expect(try weightFileError(Array(bytes[..<length])) != nil, "cut to \(length) bytes")
        }
    }

    @Test(arguments: [UInt64.max, 1 << 63, 1 << 40, 100_000_000, 5_000_000, 1000])
    func refusesAHeaderLengthBeyondTheFile(length: UInt64) throws {
        var file = good
        file.claimedLength = length
        guard case .headerTooLong(_, length, _) = try weightFileError(file.bytes) else {
            Issue.record("not refused")
            return
        }
    }

    @Test(arguments: ["", "{", "[]", "null", "{\"a\":1}", "{\"a\":{}}", "{\"__metadata__\":{\"k\":1}}", "\u{0}\u{1}"])
    func refusesAHeaderThatIsNotTheFormatsJSON(header: String) throws {
        guard case .headerNotJSON = try weightFileError(SafetensorsBytes(header: header, data: []).bytes) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func refusesDeepNesting() throws {
        let header = String(repeating: "[", count: 100_000)
        #expect(try weightFileError(SafetensorsBytes(header: header, data: []).bytes) != nil)
    }

    @Test(arguments: ["-1", "1e300", "99999999999999999999", "1.5", "\"2\""])
    func refusesSizesThatAreNoCounts(size: String) throws {
        let entry = #"{"dtype":"F32","shape":[\#(size)],"data_offsets":[0,8]}"#
        #expect(try weightFileError(one(entry)) != nil)
    }

    @Test func refusesAShapeWhoseProductOverflows() throws {
        let entry = #"{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}"#
        guard case .badShape = try weightFileError(one(entry)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test(arguments: ["[0,16]", "[8,0]", "[0,18446744073709551615]", "[0]", "[0,4,8]"])
    func refusesOffsetsBeyondTheData(offsets: String) throws {
        let entry = #"{"dtype":"F32","shape":[2],"data_offsets":\#(offsets)}"#
        guard case .outOfRange = try weightFileError(one(entry)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func refusesBytesThatDoNotFitTheShape() throws {
        let entry = #"{"dtype":"F32","shape":[1],"data_offsets":[0,8]}"#
        guard case .sizeMismatch(_, "t", 8, 4) = try weightFileError(one(entry)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test(arguments: ["BF16", "I64", "f32", ""])
    func refusesOtherElementTypes(type: String) throws {
        let entry = #"{"dtype":"\#(type)","shape":[2],"data_offsets":[0,8]}"#
        guard case .unsupportedType(_, "t", type) = try weightFileError(one(entry)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func refusesTensorsThatOverlap() throws {
        let header =
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
            + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#
        let error = try weightFileError(SafetensorsBytes(header: header, data: .init(repeating: 0, count: 12)).bytes)
        guard case .overlapOrGap(_, "b", 4, 8) = error else {
            Issue.record("not refused")
            return
        }
    }

    @Test func refusesBytesOfNoTensor() throws {
        let entry = #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
        guard case .trailingBytes(_, 4) = try weightFileError(one(entry, data: 12)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func refusesNumbersThatStartBetweenMultiplesOfTheirSize() throws {
        let header = #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} "#
        let padded = header.utf8.count.isMultiple(of: 4) ? header + " " : header
        let error = try weightFileError(SafetensorsBytes(header: padded, data: .init(repeating: 0, count: 8)).bytes)
        guard case .misaligned = error else {
            Issue.record("not refused")
            return
        }
    }

    @Test func survivesFlippedBytes() throws {
        let random = CounterRandom(seed: 7, system: .test, stream: 1)
        let bytes = good.bytes
        var refused = 0
        for trial in 0..<500 {
            var broken = bytes
            for flip in 0..<3 {
                let place = Int(random.bits(frame: UInt32(trial), draw: UInt32(2 * flip))) % bytes.count
                broken[place] = UInt8(truncatingIfNeeded: random.bits(frame: UInt32(trial), draw: UInt32(2 * flip + 1)))
            }
            try SafetensorsBytes.withFile(broken) { path in
                do {
                    let file = try WeightFile(path: path)
                    for name in file.names { _ = try file.tensor(name).values }
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 250, "most flips hit the header")
    }

    @Test func everyErrorIsOneSentence() {
        let errors: [WeightFile.Error] = [
            .wrongShape(path: "m", tensor: "w", found: [2], expected: [3]),
            .badMetadata(path: "m", key: "hop", found: "x", expected: .integer(1, 48)),
        ]
        #expect(
            errors.map(\.description) == [
                "m: tensor w has shape [2], expected [3]",
                "m: metadata hop is \"x\", expected a whole number from 1 to 48",
            ])
    }
}
