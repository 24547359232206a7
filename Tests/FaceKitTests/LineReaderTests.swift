import Foundation
import Testing

@testable import FaceKit

@Suite struct LineReaderTests {
    private func lines(_ path: String, mostLines: Int = LineReader.mostLines) throws -> [String] {
        let reader = try LineReader(path: path, mostLines: mostLines)
        var found = [String]()
        while let line = try reader.next() { found.append("\(reader.line):" + String(decoding: line, as: UTF8.self)) }
        return found
    }

    @Test func linesAreNumberedWithTheBlankOnesThatAreLeftOut() throws {
        let folder = try TemporaryFolder()
        #expect(try lines(folder.write("\u{FEFF}a\n\n \nb\nc")) == ["1:a", "4:b", "5:c"])
        #expect(try lines(folder.write("")) == [])
    }

    /// Bytes are read 65536 at a time.
    @Test(arguments: [65_534, 65_535, 65_536]) func aLineEndMayLieBetweenTwoReads(length: Int) throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "a", count: length)
        #expect(try lines(folder.write(long + "\r\nb\r\n")) == ["1:\(long)\r", "2:b\r"])
        #expect(try lines(folder.write(long + "\rb\r")) == ["1:\(long)", "2:b"])
        #expect(try lines(folder.write(long + "\nb")) == ["1:\(long)", "2:b"])
    }

    @Test func aLineThatIsLongerThanAnyIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("time_s,jawOpen\n" + String(repeating: "1", count: 1_200_000) + "\n")
        let error = #expect(throws: TrackFile.Error.self) { try TrackFile.read(path) }
        #expect(error == .cannotRead(path: path, fault: .longLine(2)))
        #expect(error.map { "\($0)" } == "\(path): cannot be read: line 2 is longer than 1048576 bytes.")
    }

    @Test func linesWithoutEndAreRefusedBlankOrNot() throws {
        let folder = try TemporaryFolder()
        for text in ["a\nb\nc\nd\n", "a\n\n\n\n"] {
            let path = try folder.write(text)
            #expect(throws: TrackFile.Error.cannotRead(path: path, fault: .endless(lines: 3))) {
                try lines(path, mostLines: 3)
            }
        }
    }

    @Test(arguments: ["/dev/null", "/dev/zero"]) func aDeviceIsNotRead(path: String) {
        let error = #expect(throws: TrackFile.Error.self) { try TrackReader.read(path) }
        #expect(error == .cannotRead(path: path, fault: .device))
        #expect(error.map { "\($0)".hasSuffix("is a device, expected a file, a pipe or a terminal.") } == true)
    }

    @Test func anHourAt240FramesASecondIsRead() throws {
        let folder = try TemporaryFolder()
        var text = "time_s,jawOpen\n"
        for frame in 0..<864_000 { text += "\(Double(frame) / 240),0.5\n" }
        #expect(try TrackFile.read(folder.write(text)).frames.count == 864_000)
    }
}
