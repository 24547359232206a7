/// A writer of one MCAP file: chunked, compressed, with checksums, and indexed once it is finished.
///
/// The file on the disk is whole after every write: what follows the newest chunk is an end without an index, which
/// every reader takes, and which the next chunk replaces. So a process that is killed loses no more than its open chunk.
public struct MCAPWriter<Store: RecordingStore & ~Copyable>: ~Copyable {
    /// Bytes of messages after which a chunk is closed.
    static var chunkSize: Int { 1 << 20 }

    private var store: Store
    private var index = MCAPIndex()
    private var channels: [RecordedChannel] = []
    private var sequences: [UInt32] = []
    private var chunk = OpenChunk()
    /// Where the data ends, and the checksum of all before that.
    private var end: UInt64 = 0
    private var crc = CRC32()

    /// Bytes of data in the file so far.
    public var byteCount: UInt64 { end }

    /// - Parameters:
    ///   - library: what wrote the file, for readers.
    ///   - metadata: named lists of texts.
    public init(
        store: consuming Store, library: String, metadata: [(name: String, pairs: [(String, String)])] = []
    ) throws(RecordingError) {
        self.store = store
        var start = ByteBuilder()
        start.put(MCAP.magic)
        start.record(.header) { header in
            header.put("")
            header.put(library)
        }
        for entry in metadata {
            let place = start.count
            start.putMetadata(entry.name, entry.pairs)
            index.metadata.append(
                .init(offset: UInt64(place), length: UInt64(start.count - place), name: entry.name))
        }
        try append(start.bytes)
    }

    /// Puts a file into the recording.
    public mutating func attach(_ attachment: RecordedAttachment, at time: UInt64) throws(RecordingError) {
        var content = ByteBuilder()
        content.put(time)
        content.put(time)
        content.put(attachment.name)
        content.put(attachment.mediaType)
        content.put(UInt64(attachment.bytes.count))
        content.put(attachment.bytes)
        var record = ByteBuilder()
        record.record(.attachment) { record in
            record.put(content.bytes)
            record.put(CRC32.of(content.bytes))
        }
        index.attachments.append(
            .init(
                offset: end, length: UInt64(record.count), time: time, size: UInt64(attachment.bytes.count),
                name: attachment.name, mediaType: attachment.mediaType))
        try append(record.bytes)
    }

    // MARK: - Messages

    /// The number of a channel, which is announced with its first message.
    public mutating func addChannel(_ channel: RecordedChannel) -> UInt16 {
        channels.append(channel)
        sequences.append(0)
        return UInt16(channels.count - 1)
    }

    /// Appends a message to the open chunk; a chunk that is full goes to the store.
    public mutating func write(_ bytes: some Collection<UInt8>, to channel: UInt16, at time: UInt64)
        throws(RecordingError)
    {
        let place = Int(channel)
        if !index.channels.keys.contains(channel) {
            announce(channel)
        }
        let offset = chunk.records.count
        chunk.records.record(.message) { record in
            record.put(channel)
            record.put(sequences[place])
            record.put(time)
            record.put(time)
            record.put(bytes)
        }
        sequences[place] &+= 1
        chunk.note(channel, time, offset)
        index.note(channel, time)
        if chunk.records.count >= Self.chunkSize { try flush() }
    }

    /// The schema and the channel stand in the first chunk that needs them, and in the summary.
    private mutating func announce(_ channel: UInt16) {
        let announced = channels[Int(channel)]
        index.channels[channel] = announced
        MCAPIndex.put(announced, channel, into: &chunk.records)
    }

    /// Puts the open chunk into the store, if there is anything in it.
    public mutating func flush() throws(RecordingError) {
        guard !chunk.isEmpty else { return }
        let (records, entry) = chunk.closed(at: end)
        index.chunks.append(entry)
        chunk = OpenChunk()
        try append(records)
    }

    /// Writes what is left and the index, which makes the file searchable.
    ///
    /// - Parameter facts: what is to be said at the end; it stands in the metadata `end of recording`.
    public mutating func finish(_ facts: [(String, String)] = []) throws(RecordingError) {
        try flush()
        // A filler takes the place of the old end, so that all that the index names lies behind it.
        var last = ByteBuilder()
        last.put(MCAP.fillerOpcode)
        last.put(UInt64(MCAPTrailer.length - MCAP.recordHead))
        last.put([UInt8](repeating: 0, count: MCAPTrailer.length - MCAP.recordHead))
        let place = last.count
        last.putMetadata("end of recording", facts)
        index.metadata.append(
            .init(offset: end + UInt64(place), length: UInt64(last.count - place), name: "end of recording"))
        crc.update(last.bytes)
        last.record(.dataEnd) { $0.put(crc.value) }
        index.put(into: &last, dataEnd: last.count, at: end)
        last.put(MCAP.magic)
        try replaceEnd(with: last.bytes)
    }

    /// Puts records behind the last ones, and an end behind them.
    ///
    /// What lies behind the old end goes first, and the old end, which is shorter than a page, is replaced last, so that
    /// the file is whole at every instant between. For this the records must be longer than a footer, which attachments
    /// and chunks are.
    private mutating func append(_ records: [UInt8]) throws(RecordingError) {
        var next = crc
        next.update(records)
        try replaceEnd(with: records + MCAPTrailer.bytes(crc: next.value))
        crc = next
        end += UInt64(records.count)
    }

    /// When it fails, the file is left as it was.
    private mutating func replaceEnd(with bytes: [UInt8]) throws(RecordingError) {
        let head = end > 0 ? MCAPTrailer.length : 0
        do {
            try store.write(bytes[head...], at: end + UInt64(head))
            try store.write(bytes[..<head], at: end)
        } catch {
            store.cut(at: end + UInt64(head))
            throw error
        }
    }
}

/// The end of a file that has no index: the end of the data, a footer that points nowhere, the magic bytes.
enum MCAPTrailer {
    static func bytes(crc: UInt32) -> [UInt8] {
        var end = ByteBuilder()
        end.record(.dataEnd) { $0.put(crc) }
        end.record(.footer) { footer in
            footer.put(UInt64(0))
            footer.put(UInt64(0))
            footer.put(UInt32(0))
        }
        end.put(MCAP.magic)
        return end.bytes
    }

    static let length = bytes(crc: 0).count
}

/// The chunk that messages go to until it is closed.
private struct OpenChunk {
    var records = ByteBuilder()
    private var places: [UInt16: [(time: UInt64, offset: UInt64)]] = [:]
    private var times: ClosedRange<UInt64>?

    var isEmpty: Bool { times == nil }

    mutating func note(_ channel: UInt16, _ time: UInt64, _ offset: Int) {
        places[channel, default: []].append((time, UInt64(offset)))
        times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
    }

    /// The chunk's record with its message indexes, and its entry in the file's index.
    func closed(at offset: UInt64) -> ([UInt8], MCAPIndex.Chunk) {
        let plain = records.bytes
        // Without memory for compressing, which is the only way to fail, the records go as they are.
        let compressed = try? Zstandard.compressed(plain)
        let times = times ?? 0...0
        var result = ByteBuilder()
        result.record(.chunk) { chunk in
            chunk.put(times.lowerBound)
            chunk.put(times.upperBound)
            chunk.put(UInt64(plain.count))
            chunk.put(CRC32.of(plain))
            chunk.put(compressed == nil ? "" : "zstd")
            chunk.put(UInt64((compressed ?? plain).count))
            chunk.put(compressed ?? plain)
        }
        let length = result.count
        var indexes: [(channel: UInt16, offset: UInt64)] = []
        for (channel, messages) in places.sorted(by: { $0.key < $1.key }) {
            indexes.append((channel, offset + UInt64(result.count)))
            result.record(.messageIndex) { index in
                index.put(channel)
                index.putList { list in
                    for message in messages {
                        list.put(message.time)
                        list.put(message.offset)
                    }
                }
            }
        }
        let entry = MCAPIndex.Chunk(
            times: times, offset: offset, length: UInt64(length), indexes: indexes,
            indexLength: UInt64(result.count - length), compression: compressed == nil ? "" : "zstd",
            compressedSize: UInt64((compressed ?? plain).count), size: UInt64(plain.count))
        return (result.bytes, entry)
    }
}
