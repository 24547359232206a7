import Actuation
import FaceKit
import Foundation
import Hardware
import Telemetry
import Testing

@testable import Runtime

/// A run in which a servo got hot, pushed too hard and was let go is one that can be run again.
@Suite struct DeratedRunTests {
    /// A bus whose servos say of themselves what a test says.
    private final class StrainedBus: BusOutput, @unchecked Sendable {
        // Unchecked because one thread steps it.
        let name: String
        let actuators: [Int]
        let inventory = BusInventory()
        let mismatch: BusMismatch? = nil
        var state = BusState.open
        var statistics: BusStatistics { BusStatistics() }
        var strains: [Int: Derating.Strain] = [:]
        private var line: HandWrittenLine
        private let tap: BusTap

        init(robot: RobotDescription, tap: @escaping BusTap) {
            name = robot.buses[0].name
            line = HandWrittenLine(robot: robot)
            actuators = line.language.actuators
            self.tap = tap
            write(line.language.greeting, BusWrite(.greeting))
        }

        func telemetry(of actuator: Int) -> ServoReport? { nil }
        func strain(of actuator: Int) -> Derating.Strain? { strains[actuator] }
        func nextEvent() -> BusEvent? { nil }
        func finish() { write(line.language.relaxation, BusWrite(.farewell)) }
        func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool { false }

        private func write(_ bytes: [UInt8], _ part: BusWrite) { bytes.withUnsafeBytes { tap($0, part) } }

        func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
            write(line.frame(positions, enabled: enabled), BusWrite(.frame, time: time))
        }
    }

    /// - Returns: how much of its way each tick left to the actuator that suffers.
    private func record(_ stand: RecordedStand, _ robot: String, to path: String) throws -> [Double] {
        let session = try stand.session(seconds: 60) { options in
            options.robot = RecordedStand.home.file("Robots/\(robot).yaml")
            options.calibration = RecordedStand.home.file("Calibration/\(robot).yaml")
        }
        let run = try HandSteppedRun(session, to: path) { StrainedBus(robot: $0, tap: $1) }
        let bus = run.bus
        let random = CounterRandom(seed: 8, system: .test)
        var shares: [Double] = []
        let victim = bus.actuators[1]
        for tick in 0..<2400 {
            if tick % 20 == 0 {
                for actuator in bus.actuators {
                    let draw = random.uniform(frame: UInt32(tick), draw: UInt32(actuator))
                    bus.strains[actuator] = .init(
                        temperature: 30 + draw, load: draw * 0.3, position: actuator == 0 ? .nan : draw * 0.1)
                }
                switch tick {
                case 200..<600: bus.strains[victim]?.temperature = 57.3
                case 600..<1200: bus.strains[victim]?.temperature = 70
                case 1200..<1400: bus.strains[victim]?.temperature = 45
                case 1600..<2200: bus.strains[victim]?.load = -0.97
                case 2200: bus.strains[victim] = nil
                default: break
                }
            }
            if tick % 4 == 1 { run.motion.tick(tick / 4, lateness: 0).map { run.slot.put($0.packet) } }
            run.controlTick(tick)
            shares.append(run.control.derating.share(victim))
        }
        try run.finish()
        return shares
    }

    @Test(arguments: ["feetech-face-8", "dynamixel-neck-3", "reachy-mini"])
    func itRunsAgainBitForBit(_ robot: String) throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        let shares = try record(stand, robot, to: path)
        #expect(shares[150] == 1)
        #expect(shares[550] < 0.6, "heat took its part")
        #expect(shares[1150] == 0, "and then all of it")
        #expect(shares[1590] > 0.9)
        #expect(shares[2150] < 0.9, "load took its part")
        let outcome = try stand.verify(path)
        #expect(outcome.difference == nil)
        #expect(outcome.controlTicks == 2400)
    }

    @Test func aTemperatureThatIsChangedIsFound() throws {
        let stand = try RecordedStand()
        let path = stand.file("run.mcap")
        _ = try record(stand, "feetech-face-8", to: path)
        let first = try #require(
            try RecordedStand.messages(path, topic: "/control").first {
                String(decoding: $0.bytes, as: UTF8.self).contains("\"temperature_c\":57.29")
            })
        let changed = try stand.copy(
            path, to: "changed.mcap", changing: "/control", number: first.sequence, "\"temperature_c\":57.29",
            to: "\"temperature_c\":31.29")
        #expect(try stand.verify(changed).difference != nil)
    }
}
