import CLuaHost

/// What crosses between a script and the host: copies only, nothing of either is shared.
public indirect enum LuaValue: Sendable, Equatable {
    case none
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    /// A function of the script, by its reference in the script's state.
    case function(Int32)
    /// Keys and values, in no particular order.
    case table([Entry])
    /// Something that cannot cross; its type's name.
    case other(String)

    public struct Entry: Sendable, Equatable {
        public let key, value: LuaValue

        public init(_ key: LuaValue, _ value: LuaValue) {
            self.key = key
            self.value = value
        }
    }

    /// A table with names for keys.
    public static func fields(_ fields: KeyValuePairs<String, LuaValue>) -> LuaValue {
        .table(fields.map { Entry(.text($0.key), $0.value) })
    }

    /// The value as a number, if it is one.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var string: String? { if case .text(let text) = self { text } else { nil } }

    /// Everything but nil and false.
    public var isTrue: Bool {
        switch self {
        case .none, .boolean(false): false
        default: true
        }
    }

    /// Its type as Lua names it.
    public var kind: String {
        switch self {
        case .none: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .text: "string"
        case .function: "function"
        case .table: "table"
        case .other(let name): name
        }
    }

    /// The entry of a table under a name.
    public subscript(name: String) -> LuaValue? {
        guard case .table(let entries) = self else { return nil }
        return entries.first { $0.key == .text(name) }?.value
    }
}

/// Reads and writes the flat list that the C side speaks.
enum LuaWire {
    /// The values of a list.
    static func values(_ list: UnsafeBufferPointer<mien_value>) -> [LuaValue] {
        var place = 0
        var values: [LuaValue] = []
        while place < list.count { values.append(value(list, &place)) }
        return values
    }

    private static func value(_ list: UnsafeBufferPointer<mien_value>, _ place: inout Int) -> LuaValue {
        let item = list[place]
        place += 1
        switch UInt32(item.kind) {
        case MIEN_FALSE.rawValue: return .boolean(false)
        case MIEN_TRUE.rawValue: return .boolean(true)
        case MIEN_INTEGER.rawValue: return .integer(item.integer)
        case MIEN_NUMBER.rawValue: return .number(item.number)
        case MIEN_TEXT.rawValue: return .text(text(item))
        case MIEN_FUNCTION.rawValue: return .function(item.reference)
        case MIEN_OTHER.rawValue: return .other(text(item))
        case MIEN_TABLE.rawValue:
            var entries: [LuaValue.Entry] = []
            while place < list.count, UInt32(list[place].kind) != MIEN_END.rawValue {
                let key = value(list, &place)
                guard place < list.count else { break }
                entries.append(.init(key, value(list, &place)))
            }
            place += 1
            return .table(entries)
        default: return .none
        }
    }

    private static func text(_ item: mien_value) -> String {
        String(decoding: UnsafeRawBufferPointer(start: item.text, count: item.length), as: UTF8.self)
    }
}

/// Values on their way to a script, kept alive until the next ones.
struct LuaOutbox: ~Copyable {
    private(set) var list: [mien_value] = []
    private var texts: [UnsafeMutablePointer<CChar>] = []

    deinit { for text in texts { text.deallocate() } }

    mutating func set(_ values: [LuaValue]) {
        for text in texts { text.deallocate() }
        texts.removeAll(keepingCapacity: true)
        list.removeAll(keepingCapacity: true)
        for value in values { append(value) }
    }

    private mutating func append(_ value: LuaValue) {
        var item = mien_value()
        switch value {
        case .none, .other: item.kind = Int32(MIEN_NIL.rawValue)
        case .boolean(let value): item.kind = Int32(value ? MIEN_TRUE.rawValue : MIEN_FALSE.rawValue)
        case .integer(let value):
            item.kind = Int32(MIEN_INTEGER.rawValue)
            item.integer = value
        case .number(let value):
            item.kind = Int32(MIEN_NUMBER.rawValue)
            item.number = value
        case .text(let value):
            let bytes = Array(value.utf8)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[bytes.count] = 0
            texts.append(copy)
            item.kind = Int32(MIEN_TEXT.rawValue)
            item.text = UnsafePointer(copy)
            item.length = bytes.count
        case .function(let reference):
            item.kind = Int32(MIEN_FUNCTION.rawValue)
            item.reference = reference
        case .table(let entries):
            item.kind = Int32(MIEN_TABLE.rawValue)
            list.append(item)
            for entry in entries {
                append(entry.key)
                append(entry.value)
            }
            item = mien_value()
            item.kind = Int32(MIEN_END.rawValue)
        }
        list.append(item)
    }
}
