import Actuation
import CAllocationCounter
import Hardware
import Testing

@Suite struct MaestroBusTests {
    private static let degreesPerMicrosecond = 0.09

    /// Angle of a pulse at the default scale of 0.09° a microsecond, 0 at 1500 µs.
    private func radians(_ microseconds: Double) -> Double {
        (microseconds - 1500) * Self.degreesPerMicrosecond * .pi / 180
    }

    /// A bus as a robot file describes it; each channel with its range in µs.
    private func bus(
        _ channels: [(Int, Double, Double)], settings: String = "channels: 24"
    ) throws -> MaestroBus {
        MaestroBus(robot: try robot(channels, settings: settings), bus: 0)
    }

    private func bus(_ channels: [Int], settings: String = "channels: 24") throws -> MaestroBus {
        try bus(channels.map { ($0, 1000, 2000) }, settings: settings)
    }

    private func encode(_ bus: MaestroBus, _ positions: [Double], enabled: [Bool]? = nil) -> [UInt8] {
        let enabled = enabled ?? positions.map { _ in true }
        return [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(positions.span, enabled: enabled.span, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    @Test func channelsInARowShareOneCommandWhateverTheirOrder() throws {
        let bus = try bus([4, 3])
        // 1500 µs = 6000 = 70 2E on channel 4; 1000 µs = 4000 = 20 1F on channel 3.
        #expect(encode(bus, [radians(1500), radians(1000)]) == [0x9F, 2, 3, 0x20, 0x1F, 0x70, 0x2E])
    }

    @Test func aGapBetweenChannelsStartsANewCommand() throws {
        let bus = try bus([0, 1, 5])
        #expect(
            encode(bus, [0, 0, 0]) == [0x9F, 2, 0, 0x70, 0x2E, 0x70, 0x2E] + [0x84, 5, 0x70, 0x2E])
    }

    @Test func theMicroMaestroGetsOneCommandAChannel() throws {
        let bus = try bus([0, 1], settings: "channels: 6")
        #expect(encode(bus, [0, 0]) == [0x84, 0, 0x70, 0x2E, 0x84, 1, 0x70, 0x2E])
    }

    @Test func pulsesAreRoundedToTheNearestQuarterMicrosecond() throws {
        let bus = try bus([0])
        // 1500.13 µs is 6000.52 quarters: 6001 = 71 2E.
        #expect(encode(bus, [radians(1500.13)]) == [0x84, 0, 0x71, 0x2E])
    }

    @Test func roundingNeverLeavesTheLimits() throws {
        let bus = try bus([(0, 1000.1, 1999.9)])
        // The quarter steps inside are 1000.25 (4001 = 21 1F) and 1999.75 (7999 = 3F 3E).
        #expect(encode(bus, [radians(1000.1)]) == [0x84, 0, 0x21, 0x1F])
        #expect(encode(bus, [radians(1999.9)]) == [0x84, 0, 0x3F, 0x3E])
        #expect(encode(bus, [-.greatestFiniteMagnitude]) == [0x84, 0, 0x21, 0x1F])
    }

    @Test func aPositionThatIsNotFiniteIsLeftOut() throws {
        let bus = try bus([0, 1, 2])
        #expect(encode(bus, [0, .nan, 0]) == [0x84, 0, 0x70, 0x2E, 0x84, 2, 0x70, 0x2E])
        #expect(encode(bus, [.infinity, .nan, -.infinity]) == [])
    }

    @Test func anActuatorThatIsNotEnabledGetsNoPulses() throws {
        let bus = try bus([0, 1])
        #expect(encode(bus, [0, .nan], enabled: [true, false]) == [0x9F, 2, 0, 0x70, 0x2E, 0, 0])
    }

    @Test func aFullFrameOf23ServosIs49Bytes() throws {
        let bus = try bus(Array(0..<23))
        let frame = encode(bus, [Double](repeating: 0, count: 23))
        #expect(frame.count == 49)
        #expect(frame.prefix(3) == [0x9F, 23, 0])
    }

    @Test func theWorstFrameFitsTheCapacity() throws {
        let bus = try bus((0..<12).map { $0 * 2 }, settings: "device: 12, crc: true")
        #expect(encode(bus, [Double](repeating: 0, count: 12)).count == 12 * 7)
    }

    @Test func theGreetingClearsErrorsAndLeavesShapingToTheLimiter() throws {
        #expect(try bus([5]).greeting == [0xA1, 0x87, 5, 0, 0, 0x89, 5, 0, 0])
    }

    @Test func aDeviceNumberInTheRobotFileMeansThePololuProtocol() throws {
        let bus = try bus([0], settings: "device: 12, crc: true")
        #expect(encode(bus, [0]) == [0xAA, 0x0C, 0x04, 0x00, 0x70, 0x2E, 0x22])
    }

    @Test func aBusTakesItsOwnActuatorsOutOfTheRobots() throws {
        let robot = try RobotDescription(
            yaml: """
                name: two
                buses: {a: {kind: maestro}, b: {kind: maestro}}
                motion: {m: {velocity_us_per_s: 1e3, acceleration_us_per_s2: 1e4, jerk_us_per_s3: 1e5}}
                actuators:
                  - {name: x, bus: a, channel: 0, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
                  - {name: y, bus: b, channel: 3, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
                """, name: "two.yaml")
        let bus = MaestroBus(robot: robot, bus: 1)
        #expect(encode(bus, [radians(1000), radians(1500)]) == [0x84, 3, 0x70, 0x2E])
    }

    @Test func encodingAllocatesNothing() throws {
        let bus = try bus(Array(0..<23), settings: "device: 12, crc: true")
        let positions = (0..<23).map { Double($0) * 0.01 }
        let enabled = [Bool](repeating: true, count: 23)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bus.frameCapacity, alignment: 1)
        defer { buffer.deallocate() }
        _ = bus.encode(positions.span, enabled: enabled.span, into: buffer)
        let before = mien_allocation_count()
        for _ in 0..<100 { _ = bus.encode(positions.span, enabled: enabled.span, into: buffer) }
        #expect(mien_allocation_count() == before)
    }

    @Test func repliesAnswerTheQuestionsInOrder() throws {
        let bus = try bus([0])
        var decoder = bus.makeDecoder()
        decoder.expectPosition(actuator: 0)
        decoder.expectMovingState()
        decoder.expectHealth()
        // 6000 quarters low byte first is 70 17; errors 0x0018 low byte first.
        let replies = [UInt8]([0x70, 0x17, 1, 0x18, 0, 0x55]).flatMap { byte in
            var replies: [BusReply] = []
            decoder.receive(byte) { replies.append($0) }
            return replies
        }
        #expect(replies == [.position(actuator: 0, radians: 0), .moving(true), .errors(0x18)])
    }
}
