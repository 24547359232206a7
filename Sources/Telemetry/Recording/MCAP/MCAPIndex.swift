/// What the end of a finished file says about the rest: where everything is, and how much of it there is.
struct MCAPIndex {
    struct Metadata {
        var offset, length: UInt64
        var name: String
    }

    struct Attachment {
        var offset, length, time, size: UInt64
        var name, mediaType: String
    }

    struct Chunk {
        var times: ClosedRange<UInt64>
        var offset, length: UInt64
        var indexes: [(channel: UInt16, offset: UInt64)]
        var indexLength: UInt64
        var compression: String
        var compressedSize, size: UInt64
    }

    var channels: [UInt16: RecordedChannel] = [:]
    var metadata: [Metadata] = []
    var attachments: [Attachment] = []
    var chunks: [Chunk] = []
    private var counts: [UInt16: UInt64] = [:]
    private var times: ClosedRange<UInt64>?

    mutating func note(_ channel: UInt16, _ time: UInt64) {
        counts[channel, default: 0] += 1
        times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
    }

    /// A channel with its schema, which bears the number after the channel's, as 0 means none.
    static func put(_ channel: RecordedChannel, _ id: UInt16, into records: inout ByteBuilder) {
        putSchema(channel, id, into: &records)
        putChannel(channel, id, into: &records)
    }

    private static func putSchema(_ channel: RecordedChannel, _ id: UInt16, into records: inout ByteBuilder) {
        records.record(.schema) { record in
            record.put(id + 1)
            record.put(channel.schemaName)
            record.put("jsonschema")
            record.put(channel.schema)
        }
    }

    private static func putChannel(_ channel: RecordedChannel, _ id: UInt16, into records: inout ByteBuilder) {
        records.record(.channel) { record in
            record.put(id)
            record.put(id + 1)
            record.put(channel.topic)
            record.put("json")
            record.putList { _ in }
        }
    }

    /// Appends the summary, the offsets of its groups and the footer to `bytes`, which stand in the file at `base` and
    /// hold `dataEnd` bytes already.
    func put(into bytes: inout ByteBuilder, dataEnd: Int, at base: UInt64) {
        var groups: [(opcode: MCAP.Opcode, start: Int, length: Int)] = []
        func group(_ opcode: MCAP.Opcode, _ write: (inout ByteBuilder) -> Void) {
            let start = bytes.count
            write(&bytes)
            if bytes.count > start { groups.append((opcode, start, bytes.count - start)) }
        }
        let sorted = channels.sorted { $0.key < $1.key }
        group(.schema) { bytes in for (id, channel) in sorted { Self.putSchema(channel, id, into: &bytes) } }
        group(.channel) { bytes in for (id, channel) in sorted { Self.putChannel(channel, id, into: &bytes) } }
        group(.statistics, putStatistics)
        group(.chunkIndex) { bytes in for chunk in chunks { Self.put(chunk, into: &bytes) } }
        group(.attachmentIndex) { bytes in for attachment in attachments { Self.put(attachment, into: &bytes) } }
        group(.metadataIndex) { bytes in for entry in metadata { Self.put(entry, into: &bytes) } }
        let offsets = bytes.count
        for group in groups {
            bytes.record(.summaryOffset) { record in
                record.put(group.opcode.rawValue)
                record.put(base + UInt64(group.start))
                record.put(UInt64(group.length))
            }
        }
        // The checksum covers the summary and the footer up to itself.
        var footer = ByteBuilder()
        footer.record(.footer) { record in
            record.put(base + UInt64(dataEnd))
            record.put(base + UInt64(offsets))
            record.put(UInt32(0))
        }
        bytes.put(footer.bytes.dropLast(4))
        bytes.put(CRC32.of(bytes.bytes[dataEnd...]))
    }

    private func putStatistics(into bytes: inout ByteBuilder) {
        bytes.record(.statistics) { record in
            record.put(counts.values.reduce(0, +))
            record.put(UInt16(channels.count))
            record.put(UInt32(channels.count))
            record.put(UInt32(attachments.count))
            record.put(UInt32(metadata.count))
            record.put(UInt32(chunks.count))
            record.put(times?.lowerBound ?? 0)
            record.put(times?.upperBound ?? 0)
            record.putList { list in
                for (channel, count) in counts.sorted(by: { $0.key < $1.key }) {
                    list.put(channel)
                    list.put(count)
                }
            }
        }
    }

    private static func put(_ chunk: Chunk, into bytes: inout ByteBuilder) {
        bytes.record(.chunkIndex) { record in
            record.put(chunk.times.lowerBound)
            record.put(chunk.times.upperBound)
            record.put(chunk.offset)
            record.put(chunk.length)
            record.putList { list in
                for index in chunk.indexes {
                    list.put(index.channel)
                    list.put(index.offset)
                }
            }
            record.put(chunk.indexLength)
            record.put(chunk.compression)
            record.put(chunk.compressedSize)
            record.put(chunk.size)
        }
    }

    private static func put(_ attachment: Attachment, into bytes: inout ByteBuilder) {
        bytes.record(.attachmentIndex) { record in
            record.put(attachment.offset)
            record.put(attachment.length)
            record.put(attachment.time)
            record.put(attachment.time)
            record.put(attachment.size)
            record.put(attachment.name)
            record.put(attachment.mediaType)
        }
    }

    private static func put(_ entry: Metadata, into bytes: inout ByteBuilder) {
        bytes.record(.metadataIndex) { record in
            record.put(entry.offset)
            record.put(entry.length)
            record.put(entry.name)
        }
    }
}
