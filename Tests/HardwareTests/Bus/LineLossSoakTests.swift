import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

/// A line that is pulled again and again: 1,000 times with `MIEN_SOAK=1`, otherwise 10 times.
@Suite struct LineLossSoakTests {
    @Test func everyLossEndsWhereTheServosWere() throws {
        let losses = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 1000 : 10
        let folder = NSTemporaryDirectory() + "mien-loss-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let link = folder + "/line"
        var terminal: PseudoTerminal? = try PseudoTerminal()
        #expect(symlink(terminal?.path ?? "", link) == 0)
        let bus = MaestroBus(robot: try robot([(0, 1000, 2000), (1, 1000, 2000)]), bus: 0)
        let writer = try BusWriter(name: "face", bus: bus) { () throws(SerialPortError) in
            try SerialPortOpener.open(link)
        }
        let random = CounterRandom(seed: 5, system: .test)
        for loss in 0..<losses {
            let sent = (0..<2).map { Double(random.uniform(frame: UInt32(loss), draw: $0)) * 0.5 }
            let written = writer.statistics.framesWritten
            writer.send(sent.span, enabled: [true, true].span, at: 0)
            #expect(eventually { writer.statistics.framesWritten == written + 1 })

            terminal = nil
            unlink(link)
            #expect(eventually { writer.state == .lost })
            writer.send([-0.5, -0.5].span, enabled: [true, true].span, at: 0)

            let opened = try PseudoTerminal()
            #expect(symlink(opened.path, link) == 0)
            terminal = consume opened
            #expect(eventually { writer.state == .returned })
            var positions = [9.0, 9.0]
            #expect(positions.withUnsafeMutableBufferPointer { writer.resume(into: $0) })
            #expect(positions == sent)
            // The last frame goes out once more before anything else.
            #expect(eventually { writer.statistics.framesWritten == written + 2 })
        }
        writer.finish()
        #expect(writer.statistics.losses == losses)
        #expect(writer.statistics.returns == losses)
    }
}
