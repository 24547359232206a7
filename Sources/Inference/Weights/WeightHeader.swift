import Foundation

/// The checked header of a safetensors file.
struct WeightHeader {
    struct Entry {
        var elementType: WeightTensor.ElementType
        var shape: [Int]
        /// Bytes from the start of the data.
        var range: Range<Int>
    }

    /// The longest header read; the format allows 100 MB, no model of ours has a hundredth of this.
    static let limit: UInt64 = 4 << 20

    var metadata: [String: String]
    var tensors: [String: Entry]
    /// Where the data begins, in bytes from the start of the file.
    var dataStart: Int

    init(file: MappedFile) throws(WeightFile.Error) {
        let path = file.path
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= Self.limit, length <= UInt64(file.count - 8) else {
            throw .headerTooLong(path: path, bytes: length, limit: min(Self.limit, UInt64(file.count - 8)))
        }
        dataStart = 8 + Int(length)
        let json = Data(file.bytes[8..<dataStart])
        guard let raw = try? JSONDecoder().decode(RawHeader.self, from: json) else {
            throw .headerNotJSON(path: path)
        }
        metadata = raw.metadata
        let dataBytes = UInt64(file.count - dataStart)
        var place: UInt64 = 0
        var checked: [String: Entry] = [:]
        let ordered = raw.tensors.sorted { a, b in
            (a.value.offsets.first ?? 0, a.value.offsets.last ?? 0, a.key)
                < (b.value.offsets.first ?? 0, b.value.offsets.last ?? 0, b.key)
        }
        for (name, tensor) in ordered {
            let entry = try Self.check(name, tensor, path: path, dataStart: dataStart, dataBytes: dataBytes)
            let begin = UInt64(entry.range.lowerBound)
            guard begin == place else {
                throw .overlapOrGap(path: path, tensor: name, begin: begin, expected: place)
            }
            place = UInt64(entry.range.upperBound)
            checked[name] = entry
        }
        guard place == dataBytes else { throw .trailingBytes(path: path, count: dataBytes - place) }
        tensors = checked
    }

    private static func check(
        _ name: String, _ raw: RawTensor, path: String, dataStart: Int, dataBytes: UInt64
    ) throws(WeightFile.Error) -> Entry {
        guard let type = WeightTensor.ElementType(rawValue: raw.type) else {
            throw .unsupportedType(path: path, tensor: name, found: raw.type)
        }
        guard raw.offsets.count == 2, raw.offsets[0] <= raw.offsets[1], raw.offsets[1] <= dataBytes else {
            throw .outOfRange(path: path, tensor: name, found: raw.offsets, dataBytes: dataBytes)
        }
        var expected = UInt64(type.size)
        var shape: [Int] = []
        for size in raw.shape {
            let (product, overflow) = expected.multipliedReportingOverflow(by: size)
            guard !overflow, let small = Int(exactly: size) else { throw .badShape(path: path, tensor: name) }
            expected = product
            shape.append(small)
        }
        let found = raw.offsets[1] - raw.offsets[0]
        guard found == expected else {
            throw .sizeMismatch(path: path, tensor: name, found: found, expected: expected)
        }
        let begin = Int(raw.offsets[0])
        guard (dataStart + begin).isMultiple(of: type.size) else {
            throw .misaligned(path: path, tensor: name, offset: dataStart + begin)
        }
        return Entry(elementType: type, shape: shape, range: begin..<Int(raw.offsets[1]))
    }
}

/// The header as JSON has it: one object, `__metadata__` beside the tensors.
private struct RawHeader: Decodable {
    var metadata: [String: String] = [:]
    var tensors: [String: RawTensor] = [:]

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(RawTensor.self, forKey: key)
            }
        }
    }
}

private struct RawTensor: Decodable {
    var type: String
    var shape: [UInt64]
    var offsets: [UInt64]

    enum CodingKeys: String, CodingKey {
        case type = "dtype"
        case shape
        case offsets = "data_offsets"
    }
}
