import FaceKit
import Foundation
import Hardware
import Testing

@Suite struct SimulatedServoTests {
    private let start: Nanoseconds = 1_000_000_000

    private func board() throws -> SimulatedMaestro {
        var board = SimulatedMaestro(robot: try robot([(0, 1000, 2000)]), bus: 0)
        board.advance(to: start)
        return board
    }

    @Test func theShaftFollowsWithALagOf30Milliseconds() throws {
        var board = try board()
        // Neutral is 1500 µs; 1520 µs is 6080 quarters: 40 2F.
        board.receive([0x84, 0, 0x40, 0x2F], at: start)
        let status = board.status(at: start + 30_000_000)
        // First order: 1 − 1/e of the way after one time constant.
        #expect(abs(status.servos[0].position - (1500 + 20 * (1 - exp(-1)))) < 1e-9)
    }

    @Test func theShaftIsNoFasterThanItCanBe() throws {
        var board = try board()
        // 2000 µs is 8000 quarters: 40 3E. At 6000 µs/s the first 20 ms take it 120 µs.
        board.receive([0x84, 0, 0x40, 0x3E], at: start)
        #expect(abs(board.status(at: start + 20_000_000).servos[0].position - 1620) < 1e-9)
    }

    @Test func theBoardsSpeedLimitShapesThePulse() throws {
        var board = try board()
        // Pulses start at 1500 µs; then speed 140 (35 µs / 10 ms) towards 1600 µs (6400 quarters: 00 32).
        board.receive([0x84, 0, 0x70, 0x2E, 0x87, 0, 0x0C, 0x01, 0x84, 0, 0x00, 0x32], at: start)
        board.advance(to: start + 10_000_000)
        board.receive([0x90, 0], at: start + 10_000_000)
        // 1535 µs is 6140 quarters: 0x17FC, low byte first.
        #expect(board.outbox == [0xFC, 0x17])
    }

    @Test func movingStateEndsWhenThePulseArrives() throws {
        var board = try board()
        board.receive([0x84, 0, 0x70, 0x2E, 0x87, 0, 0x0C, 0x01, 0x84, 0, 0x00, 0x32, 0x93], at: start)
        board.receive([0x93], at: start + 40_000_000)
        #expect(board.outbox == [1, 0])
    }

    @Test func readingTheErrorsClearsThem() throws {
        var board = try board()
        // A stray data byte is a protocol error, bit 4.
        board.receive([0x01, 0xA1, 0xA1], at: start)
        #expect(board.outbox == [0x10, 0, 0, 0])
    }

    @Test func aTargetOfZeroLeavesTheShaftWhereItIs() throws {
        var board = try board()
        board.receive([0x84, 0, 0, 0], at: start)
        let status = board.status(at: start + 1_000_000_000)
        #expect(status.servos[0].position == 1500)
        #expect(!status.servos[0].isOn)
    }

    @Test func travelAddsUpWaysThereAndBack() throws {
        var board = try board()
        board.receive([0x84, 0, 0x00, 0x32], at: start)
        board.receive([0x84, 0, 0x70, 0x2E], at: start + 2_000_000_000)
        let status = board.status(at: start + 4_000_000_000)
        #expect(abs(status.servos[0].travel - 200) < 1e-6)
        #expect(status.servos[0].highest == 1600)
        #expect(status.servos[0].lowest == 1500)
    }
}
