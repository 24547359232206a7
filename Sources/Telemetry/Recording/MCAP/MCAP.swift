/// The container format of Foxglove and rosbag2, version 0 (https://mcap.dev/spec): what writer and reader share.
enum MCAP {
    static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]
    /// Bytes of a record's opcode and length.
    static let recordHead = 9
    /// Bytes of a footer record.
    static let footerLength = recordHead + 20

    /// A record without a meaning: readers skip what is from 0x80 on and not known to them.
    static let fillerOpcode: UInt8 = 0x80

    /// The kinds of records.
    enum Opcode: UInt8 {
        case header = 0x01
        case footer = 0x02
        case schema = 0x03
        case channel = 0x04
        case message = 0x05
        case chunk = 0x06
        case messageIndex = 0x07
        case chunkIndex = 0x08
        case attachment = 0x09
        case attachmentIndex = 0x0A
        case statistics = 0x0B
        case metadata = 0x0C
        case metadataIndex = 0x0D
        case summaryOffset = 0x0E
        case dataEnd = 0x0F
    }
}

/// A stream of messages of one kind: a topic and the JSON schema that each of them obeys.
public struct RecordedChannel: Sendable, Equatable {
    public var topic: String
    /// The schema's name.
    public var schemaName: String
    /// A JSON schema of an object.
    public var schema: String

    public init(topic: String, schemaName: String, schema: String) {
        self.topic = topic
        self.schemaName = schemaName
        self.schema = schema
    }
}

/// A file inside a recording.
public struct RecordedAttachment: Sendable, Equatable {
    public var name: String
    public var mediaType: String
    public var bytes: [UInt8]

    public init(name: String, mediaType: String, bytes: [UInt8]) {
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
    }
}

/// One message of a recording.
public struct RecordedMessage: Sendable, Equatable {
    public var topic: String
    /// Nanoseconds since 1970, or since the start of a run on the virtual clock.
    public var time: UInt64
    /// Its number in its channel, from 0.
    public var sequence: UInt32
    public var bytes: [UInt8]

    public init(topic: String, time: UInt64, sequence: UInt32, bytes: [UInt8]) {
        self.topic = topic
        self.time = time
        self.sequence = sequence
        self.bytes = bytes
    }
}
