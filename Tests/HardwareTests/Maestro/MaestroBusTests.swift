import CAllocationCounter
import FaceKit
import Hardware
import Testing

@Suite struct MaestroBusTests {
    private static let degreesPerMicrosecond = 0.09

    /// Angle of a pulse at the default scale of 0.09° a microsecond, 0 at 1500 µs.
    private func radians(_ microseconds: Double) -> Double {
        (microseconds - 1500) * Self.degreesPerMicrosecond * .pi / 180
    }

    private func channel(_ number: UInt8, _ low: Double = 1000, _ high: Double = 2000) -> MaestroChannel {
        MaestroChannel(channel: number, minimumMicroseconds: low, maximumMicroseconds: high)
    }

    private func encode(_ bus: MaestroBus, _ positions: [Double], enabled: [Bool]? = nil) -> [UInt8] {
        let enabled = enabled ?? positions.map { _ in true }
        return [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(positions.span, enabled: enabled.span, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    @Test func channelsInARowShareOneCommandWhateverTheirOrder() {
        let bus = MaestroBus(channels: [channel(4), channel(3)])
        // 1500 µs = 6000 = 70 2E on channel 4; 1000 µs = 4000 = 20 1F on channel 3.
        #expect(encode(bus, [radians(1500), radians(1000)]) == [0x9F, 2, 3, 0x20, 0x1F, 0x70, 0x2E])
    }

    @Test func aGapBetweenChannelsStartsANewCommand() {
        let bus = MaestroBus(channels: [channel(0), channel(1), channel(5)])
        #expect(
            encode(bus, [0, 0, 0]) == [0x9F, 2, 0, 0x70, 0x2E, 0x70, 0x2E] + [0x84, 5, 0x70, 0x2E])
    }

    @Test func theMicroMaestroGetsOneCommandAChannel() {
        let bus = MaestroBus(channels: [channel(0), channel(1)], setsMultipleTargets: false)
        #expect(encode(bus, [0, 0]) == [0x84, 0, 0x70, 0x2E, 0x84, 1, 0x70, 0x2E])
    }

    @Test func pulsesAreRoundedToTheNearestQuarterMicrosecond() {
        let bus = MaestroBus(channels: [channel(0)])
        // 1500.13 µs is 6000.52 quarters: 6001 = 71 2E.
        #expect(encode(bus, [radians(1500.13)]) == [0x84, 0, 0x71, 0x2E])
    }

    @Test func roundingNeverLeavesTheLimits() {
        let bus = MaestroBus(channels: [channel(0, 1000.1, 1999.9)])
        // The quarter steps inside are 1000.25 (4001 = 21 1F) and 1999.75 (7999 = 3F 3E).
        #expect(encode(bus, [radians(1000.1)]) == [0x84, 0, 0x21, 0x1F])
        #expect(encode(bus, [radians(1999.9)]) == [0x84, 0, 0x3F, 0x3E])
        #expect(encode(bus, [-.greatestFiniteMagnitude]) == [0x84, 0, 0x21, 0x1F])
    }

    @Test func aPositionThatIsNotFiniteIsLeftOut() {
        let bus = MaestroBus(channels: [channel(0), channel(1), channel(2)])
        #expect(encode(bus, [0, .nan, 0]) == [0x84, 0, 0x70, 0x2E, 0x84, 2, 0x70, 0x2E])
        #expect(encode(bus, [.infinity, .nan, -.infinity]) == [])
    }

    @Test func anActuatorThatIsNotEnabledGetsNoPulses() {
        let bus = MaestroBus(channels: [channel(0), channel(1)])
        #expect(encode(bus, [0, .nan], enabled: [true, false]) == [0x9F, 2, 0, 0x70, 0x2E, 0, 0])
    }

    @Test func aFullFrameOf23ServosIs49Bytes() {
        let bus = MaestroBus(channels: (0..<23).map { channel($0) })
        let frame = encode(bus, [Double](repeating: 0, count: 23))
        #expect(frame.count == 49)
        #expect(frame.prefix(3) == [0x9F, 23, 0])
    }

    @Test func theWorstFrameFitsTheCapacity() {
        let bus = MaestroBus(
            channels: (0..<23).map { channel($0 * 2) }, framing: MaestroFraming(deviceNumber: 12, hasCRC: true))
        #expect(encode(bus, [Double](repeating: 0, count: 23)).count <= bus.frameCapacity)
    }

    @Test func theGreetingClearsErrorsAndSetsTheBoardsOwnLimits() {
        let bus = MaestroBus(channels: [
            MaestroChannel(
                channel: 5, minimumMicroseconds: 1000, maximumMicroseconds: 2000, boardSpeed: 140, boardAcceleration: 4)
        ])
        #expect(bus.greeting == [0xA1, 0x87, 5, 0x0C, 0x01, 0x89, 5, 0x04, 0x00])
    }

    @Test func encodingAllocatesNothing() {
        let bus = MaestroBus(
            channels: (0..<23).map { channel($0) }, framing: MaestroFraming(deviceNumber: 12, hasCRC: true))
        let positions = (0..<23).map { Double($0) * 0.01 }
        let enabled = [Bool](repeating: true, count: 23)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bus.frameCapacity, alignment: 1)
        defer { buffer.deallocate() }
        _ = bus.encode(positions.span, enabled: enabled.span, into: buffer)
        let before = mien_allocation_count()
        for _ in 0..<100 { _ = bus.encode(positions.span, enabled: enabled.span, into: buffer) }
        #expect(mien_allocation_count() == before)
    }

    @Test func repliesAnswerTheQuestionsInOrder() {
        let bus = MaestroBus(channels: [channel(0)])
        var decoder = bus.makeDecoder()
        decoder.expectPosition(actuator: 0)
        decoder.expectMovingState()
        decoder.expectHealth()
        // 6000 quarters low byte first is 70 17; errors 0x0018 low byte first.
        let replies = [0x70, 0x17, 1, 0x18, 0, 0x55].compactMap { decoder.receive($0) }
        #expect(replies == [.position(actuator: 0, radians: 0), .moving(true), .errors(0x18)])
    }
}
