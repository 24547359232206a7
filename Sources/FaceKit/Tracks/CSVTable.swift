import Foundation
import SwiftCSV

/// The cells of a CSV file, line by line, with the line numbers that errors need.
///
/// Every row has as many cells as the header. Lines with quotation marks are split by SwiftCSV, all others at their commas.
struct CSVTable {
    typealias Error = TrackFile.Error

    /// What is read, as messages say it.
    let path: String
    /// The header's cells without the spaces around them.
    let header: [String]
    private let lines: LineReader

    init(path: String) throws(Error) {
        lines = try LineReader(path: path)
        self.path = lines.name
        guard let content = try lines.next() else { throw Error.empty(path: lines.name) }
        guard let line = String(validating: content, as: UTF8.self) else {
            throw Error.notText(path: lines.name, line: lines.line)
        }
        header = try Self.cells(of: line, path: lines.name, line: lines.line).map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if header.count == 1 && line.contains(";") { throw Error.semicolons(path: lines.name) }
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

    /// Calls `use` for every row below the header, once. Rows may lack cells at the end, down to `shortest`; without it
    /// they have as many as the header.
    func forEachRow(shortest: Int? = nil, _ use: (Row) throws(Error) -> Void) throws(Error) {
        while let content = try lines.next() {
            let line = lines.line
            var row = Row(table: self, line: line, bytes: content)
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
}
