import FaceKit
import Testing

@testable import Runtime

@Suite struct MotionPlayerTests {
    static let period: Nanoseconds = 40_000_000
    static let tick: Nanoseconds = 10_000_000

    private func packet(_ index: Int, _ value: Float) -> MotionPacket {
        var channels = FaceChannels()
        channels.values[0] = value
        return MotionPacket(index: index, channels: channels, driver: .listening)
    }

    private func player(_ change: (inout MotionPlayer.Fallback) -> Void = { _ in }) -> MotionPlayer {
        var fallback = MotionPlayer.Fallback()
        change(&fallback)
        return MotionPlayer(neutral: FaceChannels(), framePeriod: Self.period, fallback: fallback)
    }

    /// Plays control ticks 0..<count at 100 Hz; `arrivals` says which packets come just before a control tick.
    private func play(_ player: inout MotionPlayer, ticks: Range<Int>, arrivals: [Int: MotionPacket]) -> [Float] {
        ticks.map { player.play(at: Nanoseconds($0) * Self.tick, packet: arrivals[$0]).values[0] }
    }

    @Test func aFrameStartsToShowOneMotionFrameAfterItsTickAndIsCompleteAfterTwo() {
        var player = player()
        let values = play(
            &player, ticks: 0..<12, arrivals: [1: packet(0, 1), 5: packet(1, 1), 9: packet(2, 0)])
        // Motion tick 0 was at control tick 0; its frame is due at control tick 4 and complete at 8.
        #expect(values == [0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1])
        #expect(player.counts.missed == 0)
        #expect(player.driver == .listening)
    }

    @Test func aMissingFrameIsHeldInTheSameTickThenEasedToNeutral() {
        var player = player {
            $0.holdTime = 80_000_000
            $0.easeTime = 100_000_000
        }
        _ = play(&player, ticks: 0..<8, arrivals: [1: packet(0, 1)])
        let after = play(&player, ticks: 8..<40, arrivals: [:])
        // Due at tick 8 and missing: 80 ms of holding (ticks 8 to 16), then 100 ms of easing.
        #expect(after[0...8].allSatisfy { $0 == 1 })
        #expect(after[13] == 0.5)
        #expect(after[18...].allSatisfy { $0 == 0 })
        #expect(player.driver == .fallback)
        #expect(player.counts.fallbacks == 1)
        #expect(player.counts.fallbackTicks == 32)
    }

    @Test func aFrameThatIsNotFiniteIsNeverPlayed() {
        for bad in [Float.nan, .infinity, -.infinity] {
            var player = player()
            let values = play(&player, ticks: 0..<16, arrivals: [1: packet(0, 1), 5: packet(1, bad)])
            #expect(values.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 })
            #expect(player.counts.notFinite == 1)
            #expect(player.driver == .fallback)
        }
    }

    @Test func motionThatComesBackIsPickedUpWithoutAJump() {
        var player = player()
        _ = play(&player, ticks: 0..<12, arrivals: [1: packet(0, 1)])
        let back = play(&player, ticks: 12..<20, arrivals: [13: packet(3, 0.2)])
        #expect(zip(back, back.dropFirst()).allSatisfy { abs($0 - $1) <= 0.21 })
        #expect(player.driver == .listening)
        #expect(player.counts.missed == 2)
    }

    @Test func aFrameThatComesLateIsPlayedAtTheNextMotionTickAndCounted() {
        var player = player()
        _ = play(&player, ticks: 0..<10, arrivals: [1: packet(0, 1), 9: packet(1, 0.5)])
        #expect(player.counts.missed == 1)
        _ = play(&player, ticks: 10..<17, arrivals: [:])
        #expect(player.counts.late == 1)
        #expect(player.counts.played == 2)
        #expect(player.current.values[0] == 0.5)
    }

    @Test func framesThatNeverChangeAreFrozen() {
        var player = player { $0.frozenFrames = 5 }
        var arrivals: [Int: MotionPacket] = [:]
        for index in 0..<10 { arrivals[4 * index + 1] = packet(index, 0.7) }
        _ = play(&player, ticks: 0..<40, arrivals: arrivals)
        // Frame 0 differs from neutral, 1 to 4 repeat it, the fifth repeat is one too many; five more were due.
        #expect(player.counts.played == 5)
        #expect(player.counts.frozen == 4)
        #expect(player.driver == .fallback)
    }

    @Test func aRunThatEndsEasesToNeutralAndCountsNoFallback() {
        var player = player { $0.easeTime = 100_000_000 }
        _ = play(&player, ticks: 0..<8, arrivals: [1: packet(0, 1), 5: packet(1, 1)])
        player.settle(at: 8 * Self.tick)
        let values = play(&player, ticks: 8..<30, arrivals: [9: packet(2, 1), 13: packet(3, 1)])
        #expect(values[0] == 1)
        #expect(values[5] == 0.5)
        #expect(values[10...].allSatisfy { $0 == 0 })
        #expect(player.counts.fallbacks == 0)
        #expect(player.driver == .settling)
    }
}
