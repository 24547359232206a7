import Foundation
import Testing

@testable import Inference
@testable import Motion

/// What a weight file must be to be a listener.
@Suite struct SFMSLoadingTests {
    /// The shipped predictor with a metadata value replaced by one of the same length.
    private func predictor(_ key: String, _ value: (_ length: Int) -> String) throws -> WeightFile {
        var data = try Data(contentsOf: URL(fileURLWithPath: SFMSGolden.models + "/sfms-predictor.safetensors"))
        let name = try #require(data.range(of: Data("\"\(key)\":\"".utf8)))
        let end = try #require(data[name.upperBound...].firstIndex(of: UInt8(ascii: "\"")))
        data.replaceSubrange(name.upperBound..<end, with: Data(value(end - name.upperBound).utf8))
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        try data.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try WeightFile(path: url.path)
    }

    @Test(
        arguments: [
            "nucleus", "other_nucleus", "temperature", "response_gain", "calibration_rate", "calibration_version",
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
