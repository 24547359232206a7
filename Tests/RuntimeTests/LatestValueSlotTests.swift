import FaceKit
import Testing

@testable import Runtime

@Suite struct LatestValueSlotTests {
    @Test func theNewestValueWinsAndTheOthersAreCounted() {
        let slot = LatestValueSlot(0)
        #expect(slot.take() == nil)
        slot.put(1)
        slot.put(2)
        slot.put(3)
        #expect(slot.take() == 3)
        #expect(slot.take() == nil)
        #expect(slot.overwrittenCount == 2)
    }

    @Test func aReaderNeverSeesAHalfWrittenOrOlderValue() throws {
        let slot = LatestValueSlot(SIMD4<Int>(repeating: 0))
        let last = 200_000
        let producer = try RealTimeThread(name: "producer") { _ in
            for value in 1...last { slot.put(SIMD4(repeating: value)) }
        }
        var previous = 0
        var torn = 0
        var backwards = 0
        while previous < last {
            guard let value = slot.take() else { continue }
            if value != SIMD4(repeating: value.x) { torn += 1 }
            if value.x <= previous { backwards += 1 }
            previous = value.x
        }
        producer.join()
        #expect(torn == 0)
        #expect(backwards == 0)
    }
}
