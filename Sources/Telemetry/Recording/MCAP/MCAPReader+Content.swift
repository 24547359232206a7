extension MCAPReader {
    func takeExtra(_ record: Record, at offset: UInt64) throws(Error) {
        if record.opcode == .metadata {
            let (name, pairs) = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                let name = try cursor.text()
                var list = try cursor.list()
                var pairs: [String: String] = [:]
                while !list.isAtEnd { pairs[try list.text()] = try list.text() }
                return (name, pairs)
            }
            metadata[name] = pairs
        } else {
            let (attachment, crc) = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                _ = try cursor.bytes(16)
                let name = try cursor.text()
                let mediaType = try cursor.text()
                let bytes = try cursor.bytes(try cursor.number())
                return (
                    RecordedAttachment(name: name, mediaType: mediaType, bytes: Array(bytes)),
                    try cursor.number(UInt32.self)
                )
            }
            guard crc == 0 || CRC32.of(record.content.dropLast(4)) == crc else {
                throw Error(path: path, offset: offset, fault: .checksum(of: "the attachment \(attachment.name)"))
            }
            attachments.append(attachment)
        }
    }

    /// Takes in a schema or a channel.
    func announce(_ record: Record, at offset: UInt64) throws(Error) {
        if record.opcode == .schema {
            let (id, name, text) = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                let id: UInt16 = try cursor.number()
                let name = try cursor.text()
                _ = try cursor.text()
                return (id, name, try cursor.text())
            }
            schemas[id] = (name, text)
        } else {
            let (id, schema, topic) = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                (try cursor.number(UInt16.self), try cursor.number(UInt16.self), try cursor.text())
            }
            let known = schemas[schema]
            channels[id] = RecordedChannel(topic: topic, schemaName: known?.name ?? "", schema: known?.text ?? "")
        }
    }

    /// The records of a chunk.
    func content(of chunk: (offset: UInt64, length: UInt64)) throws(Error) -> [UInt8] {
        let record = try record(at: chunk.offset)
        guard record.opcode == .chunk else { throw unexpected(record, at: chunk.offset, "a chunk, as the index says") }
        let (size, crc, compression, records) = try parse(record, at: chunk.offset) {
            (cursor) throws(ByteCursor.Short) in
            _ = try cursor.bytes(16)
            let size: UInt64 = try cursor.number()
            let crc: UInt32 = try cursor.number()
            let compression = try cursor.text()
            return (size, crc, compression, try cursor.bytes(try cursor.number()))
        }
        guard size <= Self.largest else {
            throw Error(
                path: path, offset: chunk.offset, fault: .tooLarge(what: "a chunk", bytes: size, limit: Self.largest))
        }
        let plain: [UInt8]
        switch compression {
        case "": plain = Array(records)
        case "zstd":
            guard let found = try? Zstandard.decompressed(records, count: Int(size)) else {
                throw Error(
                    path: path, offset: chunk.offset,
                    fault: .unexpected(found: "damaged zstd data", expected: "a chunk of \(size) bytes"))
            }
            plain = found
        default: throw Error(path: path, offset: chunk.offset, fault: .compression(compression))
        }
        guard UInt64(plain.count) == size else {
            throw Error(
                path: path, offset: chunk.offset,
                fault: .unexpected(found: "a chunk of \(plain.count) bytes", expected: "\(size)"))
        }
        guard crc == 0 || CRC32.of(plain) == crc else {
            throw Error(path: path, offset: chunk.offset, fault: .checksum(of: "a chunk"))
        }
        return plain
    }

    /// The next record of a chunk if it is a message; schemas and channels are taken in.
    func nextMessage(_ cursor: inout ByteCursor, at offset: UInt64) throws(Error) -> RecordedMessage? {
        let found: Record?
        do {
            let number: UInt8 = try cursor.number()
            let length: UInt64 = try cursor.number()
            found = Record(opcode: MCAP.Opcode(rawValue: number), number: number, content: try cursor.bytes(length))
        } catch {
            found = nil
        }
        guard let record = found else { throw Error(path: path, offset: offset, fault: .short(in: "a chunk's record")) }
        switch record.opcode {
        case .schema, .channel:
            try announce(record, at: offset)
            return nil
        case .message:
            let (id, sequence, time, bytes) = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                let id: UInt16 = try cursor.number()
                let sequence: UInt32 = try cursor.number()
                let time: UInt64 = try cursor.number()
                _ = try cursor.bytes(8)
                return (id, sequence, time, Array(cursor.rest))
            }
            guard let channel = channels[id] else {
                throw Error(
                    path: path, offset: offset,
                    fault: .unexpected(found: "a message of channel \(id)", expected: "one of a channel that is known"))
            }
            return RecordedMessage(topic: channel.topic, time: time, sequence: sequence, bytes: bytes)
        default: throw unexpected(record, at: offset, "a schema, a channel or a message in a chunk")
        }
    }
}
