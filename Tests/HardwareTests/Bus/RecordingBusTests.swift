import CAllocationCounter
import FaceKit
import Hardware
import Synchronization
import Testing

@Suite struct RecordingBusTests {
    private let bus: MaestroBus

    init() throws { bus = MaestroBus(robot: try robot([(0, 1000, 2000)]), bus: 0) }

    @Test func sha256OfAbcIsThePublishedOne() {
        var digest = ByteDigest()
        digest.update(Array("a".utf8))
        digest.update(Array("bc".utf8))
        // FIPS 180-2, appendix B.1.
        #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest.byteCount == 3)
    }

    @Test func everyByteIsHeardCountedAndHashed() {
        let heard = Mutex<[UInt8]>([])
        let output = RecordingBus(name: "face", bus: bus, framesPerHealthRequest: 2) { bytes, _ in
            heard.withLock { $0.append(contentsOf: bytes) }
        }
        for tick in 0..<2 { output.send([0.0].span, enabled: [true].span, at: Nanoseconds(tick)) }
        let greeting: [UInt8] = [0xA1, 0x87, 0, 0, 0, 0x89, 0, 0, 0]
        let expected = greeting + [0x84, 0, 0x70, 0x2E, 0x84, 0, 0x70, 0x2E] + [0xA1]
        #expect(heard.withLock { $0 } == expected)
        var digest = ByteDigest()
        digest.update(expected)
        #expect(output.statistics.sha256 == digest.hexadecimal)
        #expect(output.statistics.bytesWritten == expected.count)
        #expect(output.statistics.framesWritten == 2)
    }

    @Test(.enabled(if: mien_counts_allocations() != 0, "a sanitizer's allocator is not counted"))
    func theAllocationCounterSeesAnAllocation() {
        let before = mien_allocation_count()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 1)
        defer { memory.deallocate() }
        #expect(mien_allocation_count() > before)
    }

    @Test func sendingAllocatesNothing() {
        let output = RecordingBus(name: "face", bus: bus)
        let positions = [0.1]
        let enabled = [true]
        output.send(positions.span, enabled: enabled.span, at: 0)
        let before = mien_allocation_count()
        for tick in 1..<300 { output.send(positions.span, enabled: enabled.span, at: Nanoseconds(tick)) }
        #expect(mien_allocation_count() == before)
    }
}
