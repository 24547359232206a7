import Foundation

extension WeightFile {
    /// What is wrong with a weight file.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case cannotOpen(path: String, errno: Int32)
        case notRegularFile(path: String)
        case tooShort(path: String, bytes: Int)
        case headerTooLong(path: String, bytes: UInt64, limit: UInt64)
        case headerNotJSON(path: String)
        case unsupportedType(path: String, tensor: String, found: String)
        case badShape(path: String, tensor: String)
        case outOfRange(path: String, tensor: String, found: [UInt64], dataBytes: UInt64)
        case sizeMismatch(path: String, tensor: String, found: UInt64, expected: UInt64)
        case overlapOrGap(path: String, tensor: String, begin: UInt64, expected: UInt64)
        case trailingBytes(path: String, count: UInt64)
        case misaligned(path: String, tensor: String, offset: Int)
        case missingTensor(path: String, tensor: String)
        case wrongShape(path: String, tensor: String, found: [Int], expected: [Int])
        case missingMetadata(path: String, key: String)
        case badMetadata(path: String, key: String, found: String, expected: Expectation)

        /// What a metadata value should have been.
        public enum Expectation: Sendable, Equatable, CustomStringConvertible {
            case number
            case integer(Int, Int)
            case text(String)

            public var description: String {
                switch self {
                case .number: "a finite number"
                case .integer(let low, let high): "a whole number from \(low) to \(high)"
                case .text(let text): "\"\(text)\""
                }
            }
        }

        public var description: String {
            switch self {
            case .cannotOpen(let path, let code): "\(path): cannot be opened: \(String(cString: strerror(code)))"
            case .notRegularFile(let path): "\(path): is not a file"
            case .tooShort(let path, let bytes):
                "\(path): \(bytes) bytes, expected a safetensors file with a header of at least 8 bytes"
            case .headerTooLong(let path, let bytes, let limit):
                "\(path): the header claims \(bytes) bytes, expected at most \(limit)"
            case .headerNotJSON(let path): "\(path): the header is not the JSON of a safetensors file"
            case .unsupportedType(let path, let tensor, let found):
                "\(path): tensor \(tensor) has type \(found), expected F32 or F16"
            case .badShape(let path, let tensor): "\(path): tensor \(tensor) has a negative or impossibly large size"
            case .outOfRange(let path, let tensor, let found, let dataBytes):
                "\(path): tensor \(tensor) lies at bytes \(found), expected begin and end within 0…\(dataBytes)"
            case .sizeMismatch(let path, let tensor, let found, let expected):
                "\(path): tensor \(tensor) has \(found) bytes, its shape needs \(expected)"
            case .overlapOrGap(let path, let tensor, let begin, let expected):
                "\(path): tensor \(tensor) begins at byte \(begin), expected \(expected) (tensors must not overlap or leave gaps)"
            case .trailingBytes(let path, let count): "\(path): \(count) bytes belong to no tensor"
            case .misaligned(let path, let tensor, let offset):
                "\(path): tensor \(tensor) starts at byte \(offset), expected a multiple of its number's size"
            case .missingTensor(let path, let tensor): "\(path): there is no tensor \(tensor)"
            case .wrongShape(let path, let tensor, let found, let expected):
                "\(path): tensor \(tensor) has shape \(found), expected \(expected)"
            case .missingMetadata(let path, let key): "\(path): the metadata has no \(key)"
            case .badMetadata(let path, let key, let found, let expected):
                "\(path): metadata \(key) is \"\(found)\", expected \(expected)"
            }
        }
    }
}
