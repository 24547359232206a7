import CAllocationCounter
import Testing

@testable import Hardware

@Suite struct EventRingTests {
    @Test func eventsComeOutInOrderWithWhatTheyCarry() {
        let ring = EventRing()
        let events: [BusEvent] = [.opened, .lost(errno: -5), .returned, .deviceErrors(0xFFFF), .silent]
        for event in events { ring.put(event) }
        #expect(events.indices.compactMap { _ in ring.take() } == events)
        #expect(ring.take() == nil)
    }

    @Test func aFullRingDropsTheOldestAndSaysHowMany() {
        let ring = EventRing()
        for number in 0..<UInt16(100) { ring.put(.deviceErrors(number)) }
        guard case .dropped(let count) = ring.take() else {
            Issue.record("nothing was said to be dropped")
            return
        }
        var rest: [BusEvent] = []
        while let event = ring.take() { rest.append(event) }
        #expect(rest == (UInt16(count)..<100).map { .deviceErrors($0) })
        #expect(rest.count >= EventRing.capacity - 1)
    }

    @Test func takingAllocatesNothing() {
        let ring = EventRing()
        ring.put(.opened)
        ring.put(.opened)
        // The first may meet code that was never used in this process.
        _ = ring.take()
        let before = mien_allocation_count()
        _ = ring.take()
        _ = ring.take()
        #expect(mien_allocation_count() == before)
    }
}
