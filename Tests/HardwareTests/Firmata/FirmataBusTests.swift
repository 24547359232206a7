import Actuation
import Hardware
import Testing

/// Messages of Firmata 2.8 and of `pyfirmata2` (protocol facts, section 1.5).
@Suite struct FirmataBusTests {
    private func bus(_ pins: [Int]) throws -> FirmataBus {
        let limits = try #require(MotionLimits(lower: -1.6, upper: 1.6, velocity: 5, acceleration: 100, jerk: 5000))
        return FirmataBus(
            actuators: pins.map {
                Actuator(
                    name: "p\($0)", bus: 0, channel: $0, scale: .firmata(radiansPerMicrosecond: 0.09 * .pi / 180),
                    lowestRaw: 544, neutralRaw: 1500, highestRaw: 2400, safeRaw: 1500, limits: limits)
            })
    }

    private func bytes(_ bus: inout FirmataBus, _ pulse: Double, enabled: Bool) -> [UInt8] {
        let position = [(pulse - 1500) * 0.09 * .pi / 180]
        return [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(position.span, enabled: [enabled].span, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// 544 = 4·128 + 32 and 2400 = 18·128 + 96: the bytes that `servo_config(9, 544, 2400)` sends.
    @Test func theGreetingConfiguresThePinsRange() throws {
        #expect(try bus([9]).greeting == [0xF0, 0x70, 0x09, 0x20, 0x04, 0x60, 0x12, 0xF7])
    }

    /// 1500 = 11·128 + 92.
    @Test func aLowPinGetsItsModeAndAnAnalogMessage() throws {
        var bus = try bus([9])
        #expect(bytes(&bus, 1500, enabled: true) == [0xF4, 9, 4, 0xE9, 92, 11])
    }

    @Test func aHighPinGetsAnExtendedMessage() throws {
        var bus = try bus([22])
        #expect(bytes(&bus, 1500, enabled: true) == [0xF4, 22, 4, 0xF0, 0x6F, 22, 92, 11, 0xF7])
    }

    @Test func aPinThatIsNotDrivenBecomesAnInput() throws {
        var bus = try bus([9])
        #expect(bytes(&bus, 1500, enabled: false) == [0xF4, 9, 0])
    }
}
