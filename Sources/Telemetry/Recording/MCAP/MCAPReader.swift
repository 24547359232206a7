/// A reader of MCAP files that takes nothing on trust: every length, offset and checksum is held against the file.
///
/// A finished file is read by its index. One without, as a killed process leaves it, is walked through once.
public final class MCAPReader {
    /// The most that is read into memory at once, bytes: a record, and the content of a chunk.
    static let largest: UInt64 = 256 << 20

    public let path: String
    /// The text in which the writer named itself.
    public private(set) var library = ""
    /// Whether the file has an index: its writer came to its end.
    public private(set) var isFinished = false
    public internal(set) var metadata: [String: [String: String]] = [:]
    public internal(set) var attachments: [RecordedAttachment] = []
    /// Where the chunks stand.
    private(set) var chunks: [(offset: UInt64, length: UInt64)] = []
    /// Where attachments and metadata stand that the index has named.
    var extras: Set<UInt64> = []
    var schemas: [UInt16: (name: String, text: String)] = [:]
    var channels: [UInt16: RecordedChannel] = [:]
    private let file: ReadableFile

    /// Opens a file and reads all but its messages.
    public init(path: String) throws(Error) {
        self.path = path
        file = try ReadableFile(path: path)
        guard try file.read(at: 0, count: 8) == MCAP.magic[...] else {
            throw Error(path: path, offset: 0, fault: .notMCAP)
        }
        let footer = try readFooter()
        let header = try record(at: 8)
        guard header.opcode == .header else { throw unexpected(header, at: 8, "a header") }
        library = try parse(header, at: 8) { (cursor) throws(ByteCursor.Short) in
            _ = try cursor.text()
            return try cursor.text()
        }
        if let footer {
            isFinished = true
            try readSummary(footer)
        } else {
            try walk()
        }
    }

    /// The channels that messages were written to, by topic; of an unfinished file those that were met so far.
    public var topics: [String] { channels.values.map(\.topic).sorted() }

    /// Calls `body` with every message in the order of the file.
    public func forEachMessage(_ body: (RecordedMessage) throws -> Void) throws {
        for chunk in chunks {
            let content = try content(of: chunk)
            var cursor = ByteCursor(content[...])
            while !cursor.isAtEnd {
                guard let message = try nextMessage(&cursor, at: chunk.offset) else { continue }
                try body(message)
            }
        }
    }

    // MARK: - Records

    struct Record {
        var opcode: MCAP.Opcode?
        var number: UInt8
        var content: ArraySlice<UInt8>
    }

    private func head(at offset: UInt64) throws(Error) -> (opcode: MCAP.Opcode?, number: UInt8, length: UInt64) {
        var cursor = ByteCursor(try file.read(at: offset, count: UInt64(MCAP.recordHead)))
        guard let number: UInt8 = try? cursor.number(), let length: UInt64 = try? cursor.number() else {
            throw Error(path: path, offset: offset, fault: .short(in: "a record"))
        }
        return (MCAP.Opcode(rawValue: number), number, length)
    }

    func record(at offset: UInt64) throws(Error) -> Record {
        let (opcode, number, length) = try head(at: offset)
        guard length <= Self.largest else {
            throw Error(
                path: path, offset: offset, fault: .tooLarge(what: "a record", bytes: length, limit: Self.largest))
        }
        return Record(
            opcode: opcode, number: number,
            content: try file.read(at: offset + UInt64(MCAP.recordHead), count: length))
    }

    func parse<Value>(
        _ record: Record, at offset: UInt64, _ read: (inout ByteCursor) throws(ByteCursor.Short) -> Value
    ) throws(Error) -> Value {
        var cursor = ByteCursor(record.content)
        do {
            return try read(&cursor)
        } catch {
            throw Error(
                path: path, offset: offset,
                fault: .short(in: record.opcode.map { "the \($0) record" } ?? "record \(record.number)"))
        }
    }

    func unexpected(_ record: Record, at offset: UInt64, _ expected: String) -> Error {
        Error(
            path: path, offset: offset,
            fault: .unexpected(
                found: record.opcode.map { "a \($0) record" } ?? "a record of kind \(record.number)",
                expected: expected))
    }

    // MARK: - The end of the file

    private struct Footer {
        var summary, offsets: UInt64
        var crc: UInt32
        var place: UInt64
    }

    /// The footer of a file with an index, nil of one without; a file that breaks off has none either.
    private func readFooter() throws(Error) -> Footer? {
        let tail = UInt64(MCAP.footerLength + MCAP.magic.count)
        guard file.size >= 8 + tail, try file.read(at: file.size - 8, count: 8) == MCAP.magic[...] else { return nil }
        let place = file.size - tail
        let record = try record(at: place)
        guard record.opcode == .footer, record.content.count == 20 else {
            throw unexpected(record, at: place, "a footer")
        }
        let footer = try parse(record, at: place) { (cursor) throws(ByteCursor.Short) in
            Footer(
                summary: try cursor.number(), offsets: try cursor.number(), crc: try cursor.number(), place: place)
        }
        guard footer.summary != 0 else { return nil }
        guard (8...place).contains(footer.summary) else {
            throw Error(
                path: path, offset: place,
                fault: .unexpected(found: "a summary at byte \(footer.summary)", expected: "one before byte \(place)"))
        }
        return footer
    }

    private func readSummary(_ footer: Footer) throws(Error) {
        let length = footer.place - footer.summary
        guard length <= Self.largest else {
            throw Error(
                path: path, offset: footer.summary,
                fault: .tooLarge(what: "a summary", bytes: length, limit: Self.largest))
        }
        let covered = try file.read(at: footer.summary, count: length + UInt64(MCAP.recordHead) + 16)
        guard footer.crc == 0 || CRC32.of(covered) == footer.crc else {
            throw Error(path: path, offset: footer.summary, fault: .checksum(of: "the summary"))
        }
        var offset = footer.summary
        while offset < footer.place {
            let record = try record(at: offset)
            try take(record, at: offset)
            offset += UInt64(MCAP.recordHead + record.content.count)
        }
    }

    /// Takes in one record of a summary.
    private func take(_ record: Record, at offset: UInt64) throws(Error) {
        switch record.opcode {
        case .schema, .channel: try announce(record, at: offset)
        case .chunkIndex:
            let chunk = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                _ = try cursor.bytes(16)
                return (offset: try cursor.number(UInt64.self), length: try cursor.number(UInt64.self))
            }
            // In the order of the file and not one upon the other, so that a small file cannot stand for endless data.
            let earliest = chunks.last.map { $0.offset + $0.length } ?? 8
            guard chunk.offset >= earliest, chunk.length <= file.size, chunk.offset <= file.size - chunk.length else {
                throw Error(
                    path: path, offset: offset,
                    fault: .unexpected(
                        found: "a chunk of \(chunk.length) bytes at byte \(chunk.offset)",
                        expected: "one within the file, after byte \(earliest)"))
            }
            chunks.append(chunk)
        case .attachmentIndex, .metadataIndex:
            let place = try parse(record, at: offset) { (cursor) throws(ByteCursor.Short) in
                try cursor.number(UInt64.self)
            }
            guard extras.insert(place).inserted else {
                throw Error(
                    path: path, offset: offset,
                    fault: .unexpected(found: "byte \(place) a second time", expected: "each place once"))
            }
            let found = try self.record(at: place)
            guard found.opcode == .attachment || found.opcode == .metadata else {
                throw unexpected(found, at: place, "an attachment or metadata, as the index says")
            }
            try takeExtra(found, at: place)
        default: break
        }
    }

    /// Goes through a file without an index, from record to record, to the end of its data or of what there is of it.
    private func walk() throws(Error) {
        var offset: UInt64 = 8
        while offset + UInt64(MCAP.recordHead) <= file.size {
            let (opcode, number, length) = try head(at: offset)
            let (next, isHuge) = (offset + UInt64(MCAP.recordHead)).addingReportingOverflow(length)
            // What a killed process had not written in full is lost.
            guard !isHuge, next <= file.size else { return }
            switch opcode {
            case .dataEnd, .footer: return
            case .chunk: chunks.append((offset, length + UInt64(MCAP.recordHead)))
            case .attachment, .metadata: try takeExtra(try record(at: offset), at: offset)
            case .schema, .channel: try announce(try record(at: offset), at: offset)
            case nil where number == 0:
                throw Error(
                    path: path, offset: offset, fault: .unexpected(found: "a record of kind 0", expected: "1 to 255"))
            default: break
            }
            offset = next
        }
    }
}
