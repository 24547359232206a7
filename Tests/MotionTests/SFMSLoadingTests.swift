import Foundation
import Testing

@testable import Inference
@testable import Motion

/// What a weight file must be to be a listener.
@Suite struct SFMSLoadingTests {
    /// The shipped predictor with a metadata value replaced by a number that is far too large, or negative.
    private func predictor(_ key: String, isNegative: Bool) throws -> WeightFile {
        var data = try Data(contentsOf: URL(fileURLWithPath: SFMSGolden.models + "/sfms-predictor.safetensors"))
        let name = try #require(data.range(of: Data("\"\(key)\":\"".utf8)))
        let end = try #require(data[name.upperBound...].firstIndex(of: UInt8(ascii: "\"")))
        let nines = String(repeating: "9", count: end - name.upperBound - 1)
        data.replaceSubrange(name.upperBound..<end, with: Data(((isNegative ? "-" : "9") + nines).utf8))
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        try data.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try WeightFile(path: url.path)
    }

    @Test(
        arguments: ["nucleus", "other_nucleus", "temperature", "response_gain", "calibration_rate"], [false, true])
    func samplingThatMakesNoSenseIsRefusedByItsKey(key: String, isNegative: Bool) throws {
        let file = try predictor(key, isNegative: isNegative)
        do {
            _ = try SFMS(
                tokeniser: WeightFile(path: SFMSGolden.models + "/sfms-tokeniser.safetensors"), predictor: file,
                basis: SFMSGolden.basis())
            Issue.record("\(key) was taken")
        } catch let error as SFMS.Error {
            #expect(error.description.contains("metadata \(key) is"))
        }
    }
}
