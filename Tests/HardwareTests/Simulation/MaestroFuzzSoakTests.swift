import FaceKit
import Foundation
import Hardware
import Testing

/// Random byte streams of every kind against the simulated board; `MIEN_SOAK=1` runs them at full length.
@Suite struct MaestroFuzzSoakTests {
    private static let isSoak = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1"

    @Test(arguments: [
        MaestroFraming(), MaestroFraming(hasCRC: true), MaestroFraming(deviceNumber: 12),
        MaestroFraming(deviceNumber: 12, hasCRC: true),
    ])
    func afterAnyGarbageTheNextCommandIsUnderstood(framing: MaestroFraming) {
        var random = Draws()
        let command = framing.bytes(.setTarget(channel: 2, quarterMicroseconds: 6000))
        var parser = MaestroParser(framing: framing, channelCount: 24)
        for _ in 0..<(Self.isSoak ? 1_000_000 : 10_000) {
            let garbage = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            for byte in garbage { _ = parser.receive(byte) }
            let understood = command.compactMap { parser.receive($0) }
            #expect(understood == [.setTarget(channel: 2, quarterMicroseconds: 6000)], "after \(garbage)")
        }
    }

    @Test func noByteStreamEndsTheBoard() throws {
        var random = Draws()
        var board = SimulatedMaestro(robot: try robot((0..<23).map { ($0, 1000, 2000) }), bus: 0)
        let openers: [UInt8] = [0xAA, 0x84, 0x87, 0x89, 0x90, 0x93, 0x9F, 0xA1, 0xA2, 0xA4, 0xA7, 0xA8]
        var now: Nanoseconds = 0
        for _ in 0..<(Self.isSoak ? 1_000_000 : 10_000) {
            now += Nanoseconds.random(in: -1_000_000...10_000_000, using: &random)
            // Half of the bytes look like commands, so that the stream gets past the first byte.
            let bytes = (0..<64).map { _ in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: openers.randomElement(using: &random) ?? 0
                case 1: UInt8.random(in: 0...24, using: &random)
                default: UInt8.random(in: 0...255, using: &random)
                }
            }
            board.receive(bytes, at: now)
            board.outbox.removeAll()
        }
        let status = board.status(at: now)
        #expect(status.servos.allSatisfy { $0.position.isFinite && $0.travel.isFinite })
        #expect(status.frames > 0)
    }
}

/// Random bits that are the same in every run.
private struct Draws: RandomNumberGenerator {
    private let random = CounterRandom(seed: 23, system: .test)
    private var frame: UInt32 = 0

    mutating func next() -> UInt64 {
        frame &+= 1
        return UInt64(random.bits(frame: frame, draw: 0)) << 32 | UInt64(random.bits(frame: frame, draw: 1))
    }
}
