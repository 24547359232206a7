import Foundation

@testable import Inference

/// A safetensors file put together by hand, so that any byte of it can be wrong.
struct SafetensorsBytes {
    var header: String
    var data: [UInt8]
    /// The header length to write; nil for the true one.
    var claimedLength: UInt64?

    var bytes: [UInt8] {
        let text = Array(header.utf8)
        let length = claimedLength ?? UInt64(text.count)
        return withUnsafeBytes(of: length.littleEndian) { Array($0) } + text + data
    }

    /// Writes the bytes to a file that is removed after `body`.
    static func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }

    func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        try Self.withFile(bytes, body)
    }
}

/// The error with its path replaced, so that an expectation can be written down.
func weightFileError(_ bytes: [UInt8]) throws -> WeightFile.Error? {
    try SafetensorsBytes.withFile(bytes) { path -> WeightFile.Error? in
        do throws(WeightFile.Error) {
            _ = try WeightFile(path: path)
            return nil
        } catch {
            return error
        }
    }
}
