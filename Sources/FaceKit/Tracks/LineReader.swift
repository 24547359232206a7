import Foundation

/// The lines of a file, a pipe or a terminal, one after another, blank ones left out.
///
/// Takes LF, CRLF and CR line ends, as the first line has them, a byte order mark and a missing last line end. What might
/// never end is refused, and never held as a whole: a device, a line beyond `longestLine`, lines beyond `mostLines`.
final class LineReader {
    typealias Error = TrackFile.Error

    /// Bytes in a line; OpenFace's widest have 12 thousand.
    static let longestLine = 1 << 20
    /// A header and 24 hours at 240 frames a second.
    static let mostLines = 20_736_001

    /// What is read, as messages say it.
    let name: String
    /// The number of the last line, from 1.
    private(set) var line = 0
    private let file: Int32
    private let isOwn: Bool
    private let mostLines: Int
    private var lineEnd: UInt8?
    private var isAtEnd = false
    /// What was read, and from `start` on not given out yet.
    private var buffer: [UInt8] = []
    private var start = 0
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)

    init(path: String, mostLines: Int = LineReader.mostLines) throws(Error) {
        name = StandardStream.input(path)
        self.mostLines = mostLines
        isOwn = path != StandardStream.path
        file = isOwn ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0 else {
            throw Error.cannotRead(path: name, fault: .system(code: errno))
        }
        if status.st_mode & S_IFMT == S_IFCHR, isatty(file) == 0 {
            throw Error.cannotRead(path: name, fault: .device)
        }
    }

    deinit { if isOwn, file >= 0 { close(file) } }

    /// The next line that is not blank, without its end; nil after the last.
    func next() throws(Error) -> ArraySlice<UInt8>? {
        while let content = try nextOfAny() {
            if content.contains(where: { $0 > UInt8(ascii: " ") }) { return content }
        }
        return nil
    }

    private func nextOfAny() throws(Error) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = endOfLine(from: searched) { return try give(upTo: end) }
            guard buffer.count - start <= Self.longestLine else {
                throw Error.cannotRead(path: name, fault: .longLine(line + 1))
            }
            if isAtEnd { return start < buffer.count ? try give(upTo: buffer.count) : nil }
            // The last byte once more: it may be the first half of a Windows line end.
            searched = max(0, buffer.count - start - 1)
            try fill()
        }
    }

    private func give(upTo end: Int) throws(Error) -> ArraySlice<UInt8> {
        line += 1
        guard line <= mostLines else { throw Error.cannotRead(path: name, fault: .endless(lines: mostLines)) }
        defer { start = min(end + 1, buffer.count) }
        let content = buffer[start..<end]
        return line == 1 && content.starts(with: [0xEF, 0xBB, 0xBF]) ? content.dropFirst(3) : content
    }

    /// Where the line ends that `place` stands in, if that was read already. The first line tells how lines end.
    private func endOfLine(from place: Int) -> Int? {
        let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        if let lineEnd { return buffer[place...].firstIndex(of: lineEnd) }
        guard let end = buffer[place...].firstIndex(where: { $0 == feed || $0 == carriage }) else { return nil }
        if buffer[end] == carriage {
            guard end + 1 < buffer.count || isAtEnd else { return nil }
            guard end + 1 < buffer.count, buffer[end + 1] == feed else {
                lineEnd = carriage
                return end
            }
        }
        lineEnd = feed
        return buffer[end] == feed ? end : end + 1
    }

    /// Reads some more.
    private func fill() throws(Error) {
        buffer.removeSubrange(..<start)
        start = 0
        var count = 0
        repeat { count = read(file, &chunk, chunk.count) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw Error.cannotRead(path: name, fault: .system(code: errno)) }
        isAtEnd = count == 0
        buffer += chunk[..<count]
    }
}
