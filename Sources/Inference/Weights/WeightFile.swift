import Foundation

/// A safetensors file, mapped into memory and read where it lies.
///
/// Everything in it is checked before the first number is used. Tensors may be fp32 or fp16; they outlive the
/// `WeightFile`. The file must not be cut short while in use: replace it by renaming another over it.
/// Format: https://github.com/huggingface/safetensors#format
public struct WeightFile: WeightSource {
    public let path: String
    /// The file's own facts: sizes, frame rate, normalisation, training data, licence.
    public let metadata: [String: String]
    private let tensors: [String: WeightTensor]

    /// Maps and checks a file.
    public init(path: String) throws(Error) {
        let file = try MappedFile(path: path)
        let header = try WeightHeader(file: file)
        self.path = path
        metadata = header.metadata
        tensors = header.tensors.mapValues { entry in
            WeightTensor(
                shape: entry.shape, elementType: entry.elementType, memory: file.memory,
                offset: header.dataStart + entry.range.lowerBound)
        }
    }

    /// The tensors' names, sorted.
    public var names: [String] { tensors.keys.sorted() }

    /// A tensor of any shape.
    public func tensor(_ name: String) throws(Error) -> WeightTensor {
        guard let tensor = tensors[name] else { throw .missingTensor(path: path, tensor: name) }
        return tensor
    }

    public func tensor(_ name: String, shape: [Int]) throws -> WeightTensor {
        let found = try tensor(name)
        guard found.shape == shape else {
            throw Error.wrongShape(path: path, tensor: name, found: found.shape, expected: shape)
        }
        return found
    }

    /// A metadata value as text.
    public func text(_ key: String) throws(Error) -> String {
        guard let value = metadata[key] else { throw .missingMetadata(path: path, key: key) }
        return value
    }

    /// A metadata value as a whole number in a range.
    public func integer(_ key: String, in range: ClosedRange<Int> = 1...1_000_000) throws(Error) -> Int {
        let value = try text(key)
        guard let number = Int(value), range.contains(number) else {
            throw .badMetadata(
                path: path, key: key, found: value, expected: .integer(range.lowerBound, range.upperBound))
        }
        return number
    }

    /// A metadata value as a finite number.
    public func number(_ key: String) throws(Error) -> Double {
        let value = try text(key)
        guard let number = Double(value), number.isFinite else {
            throw .badMetadata(path: path, key: key, found: value, expected: .number)
        }
        return number
    }

    /// Checks that the file is of a kind, which its `mien.kind` names.
    public func requireKind(_ kind: String) throws(Error) {
        let found = try text("mien.kind")
        guard found == kind else {
            throw .badMetadata(path: path, key: "mien.kind", found: found, expected: .text(kind))
        }
    }

    /// Which of several kinds the file is; an error that names the first where it is none of them.
    public func requireKind(oneOf kinds: [String]) throws(Error) -> String {
        let found = try text("mien.kind")
        guard kinds.contains(found) else {
            throw .badMetadata(
                path: path, key: "mien.kind", found: found, expected: .text(kinds.joined(separator: " or ")))
        }
        return found
    }

    /// The first tensor with a number that is not finite, and the number's place.
    public func firstNotFinite() -> (tensor: String, index: Int)? {
        for name in names {
            if let index = tensors[name]?.firstNotFinite { return (name, index) }
        }
        return nil
    }
}
