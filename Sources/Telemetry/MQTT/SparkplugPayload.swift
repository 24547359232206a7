/// The Protocol Buffers message of Sparkplug B, as much of it as a robot needs. Source: Eclipse Sparkplug 3.0.0,
/// `sparkplug_b.proto` (proto2).
struct SparkplugPayload: Equatable {
    struct Metric: Equatable {
        var name: String
        var value: Value
        /// Milliseconds since 1970.
        var timestamp: UInt64 = 0
    }

    enum Value: Equatable {
        case int64(Int64)
        case float(Float)
        case double(Double)
        case boolean(Bool)
        case text(String)
        case null(datatype: UInt64)

        /// The number of the data type.
        var datatype: UInt64 {
            switch self {
            case .int64: 4
            case .float: 9
            case .double: 10
            case .boolean: 11
            case .text: 12
            case .null(let datatype): datatype
            }
        }
    }

    var timestamp: UInt64?
    var metrics: [Metric] = []
    /// Left out of a death certificate.
    var sequence: UInt8?

    init(timestamp: UInt64? = nil, metrics: [Metric] = [], sequence: UInt8? = nil) {
        self.timestamp = timestamp
        self.metrics = metrics
        self.sequence = sequence
    }

    // MARK: Writing

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let timestamp { Self.write(1, timestamp, to: &bytes) }
        for metric in metrics { Self.write(2, metric.bytes, to: &bytes) }
        if let sequence { Self.write(3, UInt64(sequence), to: &bytes) }
        return bytes
    }

    fileprivate static func write(_ field: UInt64, _ value: UInt64, to bytes: inout [UInt8]) {
        write(varint: field << 3, to: &bytes)
        write(varint: value, to: &bytes)
    }

    fileprivate static func write(_ field: UInt64, _ content: [UInt8], to bytes: inout [UInt8]) {
        write(varint: field << 3 | 2, to: &bytes)
        write(varint: UInt64(content.count), to: &bytes)
        bytes += content
    }

    fileprivate static func write(varint: UInt64, to bytes: inout [UInt8]) {
        var rest = varint
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    // MARK: Reading

    /// Reads a payload of any origin; nil when it is none. Fields that are not needed are passed over.
    init?(_ bytes: [UInt8]) {
        var reader = FieldReader(bytes[...])
        while let field = reader.next() {
            switch field {
            case (1, .number(let value)): timestamp = value
            case (2, .content(let content)):
                guard let metric = Metric(content) else { return nil }
                metrics.append(metric)
            case (3, .number(let value)): sequence = UInt8(truncatingIfNeeded: value)
            default: break
            }
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension SparkplugPayload.Metric {
    fileprivate var bytes: [UInt8] {
        typealias Payload = SparkplugPayload
        var bytes: [UInt8] = []
        Payload.write(1, Array(name.utf8), to: &bytes)
        Payload.write(3, timestamp, to: &bytes)
        Payload.write(4, value.datatype, to: &bytes)
        switch value {
        case .int64(let number): Payload.write(11, UInt64(bitPattern: number), to: &bytes)
        case .float(let number):
            Payload.write(varint: 12 << 3 | 5, to: &bytes)
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        case .double(let number):
            Payload.write(varint: 13 << 3 | 1, to: &bytes)
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        case .boolean(let flag): Payload.write(14, flag ? 1 : 0, to: &bytes)
        case .text(let text): Payload.write(15, Array(text.utf8), to: &bytes)
        case .null: Payload.write(7, 1, to: &bytes)
        }
        return bytes
    }

    fileprivate init?(_ bytes: ArraySlice<UInt8>) {
        var reader = FieldReader(bytes)
        var (name, datatype, value) = ("", UInt64(0), SparkplugPayload.Value?.none)
        while let field = reader.next() {
            switch field {
            case (1, .content(let content)):
                guard let text = String(validating: content, as: UTF8.self) else { return nil }
                name = text
            case (3, .number(let number)): timestamp = number
            case (4, .number(let number)): datatype = number
            case (10, .number(let number)): value = .int64(Int64(truncatingIfNeeded: number))
            case (11, .number(let number)): value = .int64(Int64(bitPattern: number))
            case (12, .word(let bits)): value = .float(Float(bitPattern: bits))
            case (13, .long(let bits)): value = .double(Double(bitPattern: bits))
            case (14, .number(let number)): value = .boolean(number != 0)
            case (15, .content(let content)):
                guard let text = String(validating: content, as: UTF8.self) else { return nil }
                value = .text(text)
            default: break
            }
        }
        guard reader.isAtEnd else { return nil }
        self.name = name
        self.value = value ?? .null(datatype: datatype)
    }
}

/// The fields of a Protocol Buffers message, one after the other. Any bytes whatever are taken without failing.
private struct FieldReader {
    enum Content {
        case number(UInt64)
        case word(UInt32)
        case long(UInt64)
        case content(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>
    private var isBroken = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether all was read and made sense.
    var isAtEnd: Bool { !isBroken && rest.isEmpty }

    mutating func next() -> (UInt64, Content)? {
        guard !isBroken, !rest.isEmpty else { return nil }
        guard let key = varint(), let content = content(of: key & 7) else {
            isBroken = true
            return nil
        }
        return (key >> 3, content)
    }

    private mutating func content(of kind: UInt64) -> Content? {
        switch kind {
        case 0: varint().map { .number($0) }
        case 1: take(8).map { .long($0.reversed().reduce(0) { $0 << 8 | UInt64($1) }) }
        case 2: varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map { .content($0) }
        case 5: take(4).map { .word($0.reversed().reduce(0) { $0 << 8 | UInt32($1) }) }
        default: nil
        }
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
