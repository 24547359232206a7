import Foundation
import Glibc
import Hardware

/// An SVG drawing as a PNG picture, by librsvg's `rsvg-convert`.
public enum PNGPicture {
    /// Why there is no picture.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case notInstalled
        case refused(file: String, said: String)

        public var description: String {
            switch self {
            case .notInstalled: "PNG needs rsvg-convert, which was not found; install it with: apt install librsvg2-bin"
            case .refused(let file, let said):
                "\(file): rsvg-convert made no picture" + (said.isEmpty ? "" : ": \(said)")
            }
        }
    }

    /// Picture points to a pixel of the drawing in both directions: sharp on today's screens and in print.
    public static let scale = 2

    /// Draws a file as another; one of that name is replaced.
    public static func draw(_ drawing: URL, to picture: URL) throws {
        guard let program = ChildProcess.find("rsvg-convert") else { throw Failure.notInstalled }
        let child = try ChildProcess(
            program, ["--zoom", "\(scale)", "--output", picture.path, drawing.path])
        // Ends with the program, which says little.
        let said = read(child.complaints)
        while child.isRunning { usleep(2000) }
        guard child.exitStatus == 0 else { throw Failure.refused(file: drawing.path, said: said) }
    }

    private static func read(_ descriptor: CInt) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = Glibc.read(descriptor, &buffer, buffer.count), count > 0 {
            text += buffer[..<count].prefix(max(0, 4096 - text.count))
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
