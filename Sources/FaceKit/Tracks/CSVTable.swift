import Foundation
import SwiftCSV

/// The cells of a CSV file, line by line, with the line numbers that errors need.
///
/// Takes LF, CRLF and CR line ends, a byte order mark, a missing last line end and blank lines; every row has as many
/// cells as the header. Lines with quotation marks are split by SwiftCSV, all others at their commas.
struct CSVTable {
    typealias Error = TrackFile.Error

    let path: String
    /// The header's cells without the spaces around them.
    let header: [String]
    private let bytes: [UInt8]
    private let lineEnd: UInt8
    private let body: Int

    init(path: String) throws(Error) {
        try self.init(path: path, bytes: Self.load(path))
    }

    /// A table of bytes that stand for the file at `path`.
    init(path: String, bytes: [UInt8]) throws(Error) {
        self.path = path
        self.bytes = bytes
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard bytes[start...].contains(where: { $0 > UInt8(ascii: " ") }) else { throw Error.empty(path: path) }
        lineEnd = bytes.contains(UInt8(ascii: "\n")) ? UInt8(ascii: "\n") : UInt8(ascii: "\r")
        let end = bytes[start...].firstIndex(of: lineEnd) ?? bytes.endIndex
        body = min(end + 1, bytes.endIndex)
        guard let line = String(validating: bytes[start..<end], as: UTF8.self) else {
            throw Error.notText(path: path, line: 1)
        }
        header = try Self.cells(of: line, path: path, line: 1).map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if header.count == 1 && line.contains(";") { throw Error.semicolons(path: path) }
    }

    /// The places of the header's cells by lower-cased name.
    func indices() throws(Error) -> [String: Int] {
        var result = [String: Int](minimumCapacity: header.count)
        for (index, name) in header.enumerated() {
            guard result.updateValue(index, forKey: name.lowercased()) == nil else {
                throw Error.duplicateColumn(path: path, name: name)
            }
        }
        return result
    }

    /// The places of the header's cells by name, capitals and all: OpenFace has both `x_0` and `X_0`.
    func exactIndices() throws(Error) -> [String: Int] {
        var result = [String: Int](minimumCapacity: header.count)
        for (index, name) in header.enumerated() {
            guard result.updateValue(index, forKey: name) == nil else {
                throw Error.duplicateColumn(path: path, name: name)
            }
        }
        return result
    }

    /// Calls `use` for every row below the header. Rows may lack cells at the end, down to `shortest`; without it they
    /// have as many as the header.
    func forEachRow(shortest: Int? = nil, _ use: (Row) throws(Error) -> Void) throws(Error) {
        var line = 1
        var start = body
        while start < bytes.endIndex {
            line += 1
            let end = bytes[start...].firstIndex(of: lineEnd) ?? bytes.endIndex
            let content = bytes[start..<end]
            start = min(end + 1, bytes.endIndex)
            guard content.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
            var row = Row(table: self, line: line, bytes: bytes)
            if content.contains(UInt8(ascii: "\"")) {
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw Error.notText(path: path, line: line)
                }
                row.take(try Self.cells(of: text, path: path, line: line))
            } else {
                row.take(content)
            }
            let found = row.cells.count
            if let shortest, found >= shortest, found < header.count {
                row.cells += Array(repeating: 0..<0, count: header.count - found)
            }
            guard row.cells.count == header.count else {
                throw Error.wrongCellCount(path: path, line: line, found: found, expected: header.count)
            }
            try use(row)
        }
    }

    private static func cells(of line: String, path: String, line number: Int) throws(Error) -> [String] {
        guard line.utf8.count(where: { $0 == UInt8(ascii: "\"") }).isMultiple(of: 2) else {
            throw Error.badQuotes(path: path, line: number)
        }
        do {
            return try EnumeratedCSV(string: line + "\n", delimiter: .comma, loadColumns: false).header
        } catch {
            throw Error.badQuotes(path: path, line: number)
        }
    }

    private static func load(_ path: String) throws(Error) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Error.cannotRead(path: path, code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Error.cannotRead(path: path, code: errno) }
        var bytes = [UInt8]()
        bytes.reserveCapacity(max(0, Int(status.st_size)))
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Error.cannotRead(path: path, code: errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
