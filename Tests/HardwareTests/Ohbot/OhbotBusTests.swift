import Actuation
import Hardware
import Testing

/// Lines captured from the `ohbot` package (protocol facts, section 1.4).
@Suite struct OhbotBusTests {
    private func bus(_ motors: [Int]) throws -> OhbotBus {
        let limits = try #require(MotionLimits(lower: -1.6, upper: 1.6, velocity: 5, acceleration: 100, jerk: 5000))
        return OhbotBus(
            actuators: motors.map {
                Actuator(
                    name: "m\($0)", bus: 0, channel: $0, scale: .ohbot, lowestRaw: 0, neutralRaw: 90, highestRaw: 180,
                    safeRaw: 90, limits: limits)
            })
    }

    private func text(_ bus: inout OhbotBus, _ degrees: [Double], _ enabled: [Bool]) -> String {
        let positions = degrees.map { ($0 - 90) * .pi / 180 }
        let bytes = [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(positions.span, enabled: enabled.span, into: UnsafeMutableRawBufferPointer(buffer))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aMotorIsAttachedAndMoved() throws {
        var bus = try bus([3])
        #expect(text(&bus, [6], [true]) == "a03\nm03,6,250.0\n")
    }

    @Test func onlyWhatChangedIsSaid() throws {
        var bus = try bus([0, 1])
        #expect(text(&bus, [105, 126], [true, true]) == "a00\nm00,105,250.0\na01\nm01,126,250.0\n")
        #expect(text(&bus, [105, 125], [true, true]) == "m01,125,250.0\n")
        #expect(text(&bus, [105, 125], [true, true]) == "")
        #expect(text(&bus, [105, 125], [false, true]) == "d00\n")
    }

    @Test func anOpenedPortIsToldEverythingAgain() throws {
        var bus = try bus([0])
        _ = text(&bus, [90], [true])
        bus.forget()
        #expect(text(&bus, [90], [true]) == "a00\nm00,90,250.0\n")
    }
}
