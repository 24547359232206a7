import CPretendPort
import Foundation
import Glibc
import Hardware
import Testing

@Suite(.serialized) struct SerialPortTests {
    /// Reads until so many bytes have come, or five seconds have gone.
    private func read(_ count: Int, from port: any SerialPort) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<50 where bytes.count < count {
            var interest = pollfd(fd: port.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&interest, 1, 100)
            var buffer = [UInt8](repeating: 0, count: 64)
            let result = try buffer.withUnsafeMutableBytes { try port.read(into: $0) }
            bytes += buffer[..<result]
        }
        return bytes
    }

    private func exchange(over port: any SerialPort, _ terminal: borrowing PseudoTerminal) throws {
        // Every value that a terminal in cooked mode would eat or change.
        let bytes = (0...255).map { UInt8($0) }
        let written = try bytes.withUnsafeBytes { try port.write($0) }
        #expect(written == 256)
        var echo = [UInt8](repeating: 0, count: 256)
        var taken = 0
        while taken < 256 {
            var interest = pollfd(fd: terminal.master, events: Int16(POLLIN), revents: 0)
            try #require(poll(&interest, 1, 5000) == 1)
            taken += echo.withUnsafeMutableBytes {
                Glibc.read(terminal.master, $0.baseAddress! + taken, 256 - taken)  // 256 bytes, never empty
            }
        }
        #expect(echo == bytes)
        #expect(write(terminal.master, bytes, 256) == 256)
        #expect(try read(256, from: port) == bytes)
    }

    @Test func aPseudoTerminalCarriesEveryByteBothWays() throws {
        let terminal = try PseudoTerminal()
        try exchange(over: try SerialPortOpener.open(terminal.path), terminal)
    }

    @Test func libserialportCarriesEveryByteBothWays() throws {
        mien_pretend_ports(1)
        defer { mien_pretend_ports(0) }
        let terminal = try PseudoTerminal()
        try exchange(over: try LibSerialPort(path: terminal.path), terminal)
    }

    @Test func libserialportRefusesAPseudoTerminal() throws {
        let terminal = try PseudoTerminal()
        #expect(throws: SerialPortError.notATerminal(path: terminal.path)) { try LibSerialPort(path: terminal.path) }
    }

    @Test func libserialportSaysThatALineIsLost() throws {
        mien_pretend_ports(1)
        defer { mien_pretend_ports(0) }
        var terminal: PseudoTerminal? = try PseudoTerminal()
        let port = try LibSerialPort(path: terminal?.path ?? "")
        terminal = nil
        let error = #expect(throws: SerialPortError.self) { try [1].withUnsafeBytes { try port.write($0) } }
        #expect(error == .lost(path: port.path, errno: EIO))
    }

    @Test func nothingToReadIsNoError() throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPortOpener.open(terminal.path)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try buffer.withUnsafeMutableBytes { try port.read(into: $0) } == 0)
    }

    @Test func aPseudoTerminalThatIsGoneIsALostLine() throws {
        var terminal: PseudoTerminal? = try PseudoTerminal()
        let port = try SerialPortOpener.open(terminal?.path ?? "")
        terminal = nil
        let error = #expect(throws: SerialPortError.self) { try [1].withUnsafeBytes { try port.write($0) } }
        #expect(error == .lost(path: port.path, errno: EIO))
    }

    @Test func aPortThatDoesNotExistIsNotFound() {
        let error = #expect(throws: SerialPortError.self) { try SerialPortOpener.open("/dev/ttyMien9") }
        guard case .notFound(path: "/dev/ttyMien9", others: _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aFileIsNotASerialPort() throws {
        let path = NSTemporaryDirectory() + "mien-not-a-port-\(UUID().uuidString)"
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        #expect(throws: SerialPortError.notATerminal(path: path)) { try SerialPortOpener.open(path) }
    }

    @Test func aPortThatIsTakenIsBusy() throws {
        let terminal = try PseudoTerminal()
        let first = try SerialPortOpener.open(terminal.path)
        #expect(throws: SerialPortError.busy(path: terminal.path)) { try SerialPortOpener.open(terminal.path) }
        first.close()
        _ = try SerialPortOpener.open(terminal.path)
    }

    @Test func anImpossibleRateIsRefused() throws {
        let terminal = try PseudoTerminal()
        #expect(throws: SerialPortError.unsupportedBaud(path: terminal.path, baud: 12345)) {
            try SerialPortOpener.open(terminal.path, baud: 12345)
        }
    }

    @Test func errorsAreOneSentence() {
        let errors: [SerialPortError] = [
            .notFound(path: "/dev/x", others: ["/dev/ttyS0"]), .noPermission(path: "/dev/x"), .busy(path: "/dev/x"),
            .notATerminal(path: "/dev/x"), .unsupportedBaud(path: "/dev/x", baud: 1), .lost(path: "/dev/x", errno: EIO),
        ]
        for error in errors {
            #expect(error.description.contains("/dev/x"))
            #expect(!error.description.contains("\n"))
        }
    }
}
