import FaceKit
import Testing

@testable import Runtime

@Suite struct TickScheduleTests {
    private func run(
        _ schedule: inout TickSchedule, on clock: VirtualClock, ticks: Int, work: (Int) -> Nanoseconds
    ) -> [Nanoseconds] {
        var begins: [Nanoseconds] = []
        for _ in 0..<ticks {
            clock.wait(until: schedule.deadline)
            begins.append(clock.now())
            _ = schedule.begin(now: clock.now())
            clock.advance(by: work(schedule.index))
            _ = schedule.finish(now: clock.now())
        }
        return begins
    }

    @Test func ticksKeepTheirPhaseForever() {
        let clock = VirtualClock(startingAt: 17)
        var schedule = TickSchedule(start: 17, period: 10_000_000)
        let begins = run(&schedule, on: clock, ticks: 1000) { _ in 3_000_000 }
        #expect(begins.last == Nanoseconds(9_990_000_017))
        #expect(schedule.late == 0)
        #expect(schedule.skipped == 0)
    }

    @Test func aTickThatOverrunsSkipsWholePeriodsAndCountsEach() {
        let clock = VirtualClock()
        var schedule = TickSchedule(start: 0, period: 10)
        // Tick 2 takes 35: it began at 20 and ends at 55. Ticks 3 (30) and 4 (40) are gone, tick 5 (50) runs 5 late.
        let begins = run(&schedule, on: clock, ticks: 6) { $0 == 2 ? 35 : 1 }
        #expect(begins == [0, 10, 20, 55, 60, 70])
        #expect(schedule.skipped == 2)
        #expect(schedule.late == 1)
        #expect(schedule.ticks == 6)
    }

    @Test func aTickThatEndsExactlyOnTheNextDeadlineSkipsNothing() {
        let clock = VirtualClock()
        var schedule = TickSchedule(start: 0, period: 10)
        let begins = run(&schedule, on: clock, ticks: 3) { $0 == 0 ? 10 : 0 }
        #expect(begins == [0, 10, 20])
        #expect(schedule.skipped == 0)
    }

    @Test func latenessIsCountedFromATenthOfAPeriod() {
        var schedule = TickSchedule(start: 0, period: 100)
        #expect(schedule.begin(now: 10) == 10)
        #expect(schedule.late == 0)
        _ = schedule.finish(now: 20)
        #expect(schedule.begin(now: 111) == 11)
        #expect(schedule.late == 1)
    }
}
