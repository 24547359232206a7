import Testing

@testable import Runtime

/// When a crawl takes a servo to have met its end: 100 control periods a second, a quarter second of patience.
@Suite struct StallWatchTests {
    private static let degree = Double.pi / 180

    /// Crawls at 0.2 degrees a period; the servo says at some of them where it stands. The period that was taken as a stall.
    private func firstStall(
        goesUp: Bool = true, speaksEvery: Int = 5, measured: (_ commanded: Double, _ tick: Int) -> Double
    ) -> Int? {
        var watch = StallWatch(goesUp: goesUp, rate: 100)
        var said = 0.0
        var count: UInt32 = 0
        for tick in 1...400 {
            let commanded = 0.2 * Self.degree * Double(tick) * (goesUp ? 1 : -1)
            if tick % speaksEvery == 0 {
                said = measured(commanded, tick)
                count += 1
            }
            if watch.isStalled(commanded: commanded, measured: said, count: count) { return tick }
        }
        return nil
    }

    @Test(arguments: [true, false]) func aServoThatStandsIsFoundAfterItsPatience(_ goesUp: Bool) throws {
        // It stops at 10 degrees, at tick 50, and is 4 degrees behind at tick 70.
        let stall = try #require(
            firstStall(goesUp: goesUp) { commanded, _ in min(max(commanded, -10 * Self.degree), 10 * Self.degree) })
        #expect((70...85).contains(stall))
    }

    @Test func aServoThatLagsButGoesOnIsNone() {
        #expect(firstStall { commanded, _ in commanded - 15 * Self.degree } == nil)
    }

    @Test func silenceIsNoStall() {
        // Half a second without a word, twice; what comes then shows that it has gone on.
        #expect(firstStall(speaksEvery: 50) { commanded, _ in commanded - 1 * Self.degree } == nil)
        #expect(firstStall(speaksEvery: 1000) { commanded, _ in commanded } == nil)
    }

    @Test func aServoThatCreepsIsAsGoodAsStalled() throws {
        let stall = firstStall { commanded, _ in 0.1 * commanded }
        #expect(stall != nil)
    }

    /// It stops at 10 degrees and pushes: 1.5 degrees behind at tick 58, heard at 60 to have stood since 55.
    @Test func aServoThatSaysThatItPushesIsBelievedSooner() {
        func firstStall(load: Double, torque: Double) -> Int? {
            var watch = StallWatch(goesUp: true, rate: 100, torque: torque)
            for tick in 1...69 {
                let commanded = 0.2 * Self.degree * Double(tick)
                let said = 0.2 * Self.degree * Double(min(tick / 5 * 5, 50))
                if watch.isStalled(
                    commanded: commanded, measured: said, load: tick > 50 ? load : 0.1, count: UInt32(tick / 5))
                {
                    return tick
                }
            }
            return nil
        }
        #expect(firstStall(load: 1, torque: 1) == 60)
        #expect(firstStall(load: 0.3, torque: 0.3) == 60)
        #expect(firstStall(load: -0.3, torque: 0.3) == 60)
        #expect(firstStall(load: 0.3, torque: 1) == nil)
    }
}
