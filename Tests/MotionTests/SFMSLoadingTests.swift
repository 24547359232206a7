import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// What a weight file must be to be a listener.
@Suite struct SFMSLoadingTests {
    /// A shipped file with a metadata value replaced by one of the same length.
    private func predictor(
        _ key: String, of model: String = "sfms-predictor", _ value: (_ length: Int) -> String
    ) throws -> WeightFile {
        var data = try Self.shipped(model)
        let name = try #require(data.range(of: Data("\"\(key)\":\"".utf8)))
        let end = try #require(data[name.upperBound...].firstIndex(of: UInt8(ascii: "\"")))
        data.replaceSubrange(name.upperBound..<end, with: Data(value(end - name.upperBound).utf8))
        return try Self.read(data)
    }

    /// The shipped predictor with the first number of a tensor of its calibration replaced.
    private func predictor(calibration tensor: String, first value: Float) throws -> WeightFile {
        var data = try Self.shipped()
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any]
        let entry = try #require(header?["calibration.\(tensor)"] as? [String: Any])
        let place = try 8 + length + #require(entry["data_offsets"] as? [Int])[0]
        data.replaceSubrange(place..<place + 4, with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
        return try Self.read(data)
    }

    private static func shipped(_ model: String = "sfms-predictor") throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: SFMSGolden.models + "/\(model).safetensors"))
    }

    private static func read(_ data: Data) throws -> WeightFile {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        try data.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try WeightFile(path: url.path)
    }

    @Test(
        arguments: [
            "nucleus", "other_nucleus", "temperature", "response_gain", "calibration_rate", "calibration_version",
            "other_code_temperature", "head_code_temperature",
        ], ["9", "-"])
    func samplingThatMakesNoSenseIsRefusedByItsKey(key: String, first: String) throws {
        // A number that is far too large, or negative.
        let file = try predictor(key) { first + String(repeating: "9", count: $0 - 1) }
        do {
            _ = try SFMS(
                tokeniser: WeightFile(path: SFMSGolden.models + "/sfms-tokeniser.safetensors"), predictor: file,
                basis: SFMSGolden.basis())
            Issue.record("\(key) was taken")
        } catch let error as SFMS.Error {
            #expect(error.description.contains("metadata \(key) is"))
        }
    }

    /// The shipped predictor with one entry more in its metadata.
    private func predictor(adding key: String, _ value: String) throws -> WeightFile {
        let data = try Self.shipped()
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        var header = try #require(
            try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
        var metadata = try #require(header["__metadata__"] as? [String: String])
        metadata[key] = value
        header["__metadata__"] = metadata
        var text = try JSONSerialization.data(withJSONObject: header)
        text.append(Data(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        let size = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        return try Self.read(size + text + data[(8 + length)...])
    }

    private func listener(_ predictor: WeightFile) throws -> SFMS {
        try SFMS(
            tokeniser: WeightFile(path: SFMSGolden.models + "/sfms-tokeniser.safetensors"), predictor: predictor,
            basis: SFMSGolden.basis())
    }

    @Test func aListenerBeginsWithTheFaceThatItsFileNames() throws {
        var rest = [Float](repeating: 0, count: 58)
        rest[Blendshape.jawOpen.rawValue] = 0.9
        rest[52] = 0.5
        let (plain, other) = (
            try listener(predictor(adding: "note", "nothing")), try listener(predictor(adding: "neutral", "\(rest)"))
        )
        #expect(plain.rest == [Float](repeating: 0, count: 58) && other.rest == rest)
        // The head passes two filters that begin with it, so it is still turned in the first frame.
        var (one, two) = (plain, other)
        (one.calibration, two.calibration) = (nil, nil)
        var (first, second) = (one.makeStream(seed: 1), two.makeStream(seed: 1))
        let (calm, turned) = (try first.next(person: nil).face, try second.next(person: nil).face)
        #expect(turned.head.yaw > 0.4 && abs(calm.head.yaw) < 0.1, "\(turned.head.yaw) \(calm.head.yaw)")
        #expect(turned[.jawOpen] > calm[.jawOpen] + 0.3)
    }

    @Test(arguments: ["[0, 0]", "zero", "[\(Array(repeating: "2", count: 58).joined(separator: ","))]"])
    func aFaceToBeginWithThatIsNoneIsRefused(text: String) throws {
        let error = try #require(throws: SFMS.Error.self) {
            _ = try self.listener(self.predictor(adding: "neutral", text))
        }
        #expect(error.description.contains("metadata neutral is not a list of 58 numbers"))
    }

    @Test(arguments: ["00", "50", "-5"]) func anotherFrameRateThanTheFiltersAreMadeForIsRefused(rate: String) throws {
        let (tokens, rows) = ("sfms-tokeniser", "sfms-predictor")
        let whole = { (name: String) in try WeightFile(path: SFMSGolden.models + "/\(name).safetensors") }
        let changed = { (name: String) in try self.predictor("frame_rate_hz", of: name) { _ in rate } }
        for (tokeniser, predictor) in [(try changed(tokens), try whole(rows)), (try whole(tokens), try changed(rows))] {
            let error = try #require(throws: SFMS.Error.self) {
                _ = try SFMS(tokeniser: tokeniser, predictor: predictor, basis: SFMSGolden.basis())
            }
            #expect(error.description.contains("metadata frame_rate_hz is"), "\(error)")
        }
        #expect(throws: SFMS.Error.self) { _ = try SFMS.Reconstructor(changed(tokens)) }
    }

    @Test(
        arguments: [
            ("smoothing", 1.5, "is 1.5 for eyeBlinkLeft, expected above 0 and at most 1"),
            ("smoothing", 0, "is 0.0 for eyeBlinkLeft, expected above 0 and at most 1"),
            ("variance", 0, "is not above 0 for eyeBlinkLeft"),
            ("drawn", 9, "does not rise from knot to knot for eyeBlinkLeft"),
        ] as [(String, Float, String)])
    func aCalibrationThatMakesNoSenseIsRefusedByItsChannel(tensor: String, first: Float, said: String) throws {
        let error = try #require(throws: SFMS.Error.self) {
            _ = try OutputCalibration(self.predictor(calibration: tensor, first: first))
        }
        #expect(error.description.hasSuffix("tensor calibration.\(tensor) \(said)"))
    }

    @Test(arguments: [1, 2, 3])
    func aFileOfAnOlderCalibrationIsStillRead(version: Int) throws {
        let file = try predictor("calibration_version") { _ in String(version) }
        let old = try #require(try OutputCalibration(file)).begin(seed: 5)
        let newest = try #require(
            try OutputCalibration(WeightFile(path: SFMSGolden.models + "/sfms-predictor.safetensors"))
        ).begin(seed: 5)
        #expect(old.means == newest.means)
        // The first had neither long variances nor a mix, so that variances begin at 1; the third is the first with tempers.
        #expect(old.variances == (version == 1 ? [Float](repeating: 1, count: 58) : newest.variances))
        #expect(old.temper == (version < 3 ? nil : newest.temper))
        #expect(newest.variances.allSatisfy { $0 < 1 })
    }
}
