import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

/// Every robot that ships, as a child process behind a pseudo-terminal: asked who it is, moved, unplugged.
@Suite(.serialized) struct RobotLineTests {
    static let robots = ["ohbot", "reachy-mini", "feetech-face-8", "inmoov-head", "dynamixel-neck-3"]

    private let program: String

    init() throws { program = try #require(MienProgram.path, "mien is not built beside the tests") }

    private func robot(_ name: String) throws -> RobotDescription {
        try RobotDescription(path: MienProgram.file("Robots/\(name).yaml"))
    }

    private func simulator(_ name: String) throws -> SimulatorProcess {
        try SimulatorProcess(executable: program, robot: MienProgram.file("Robots/\(name).yaml"))
    }

    private func writer(_ robot: RobotDescription, _ port: String) throws -> any BusOutput {
        try BusLanguage.writer(robot: robot, bus: 0, framesPerHealthRequest: 10) { () throws(SerialPortError) in
            try SerialPortOpener.open(port)
        }
    }

    /// Moves every actuator by a fraction of the way from `starts` to its upper limit, in so many ticks.
    private func move(
        _ output: any BusOutput, _ robot: RobotDescription, from starts: inout [Double], fraction: Double, ticks: Int
    ) {
        let clock = SystemClock()
        let targets = zip(starts, robot.limits).map { $0 + fraction * ($1.upper - $0) }
        var limiter = MotionLimiter(limits: robot.limits, period: 1 / robot.controlRate)
        limiter.reset(to: starts)
        let enabled = targets.map { _ in true }
        let period = Nanoseconds(1e9 / robot.controlRate)
        for _ in 0..<ticks {
            // A late tick is not made up for by a quick one, as the controller has it: the simulator would see a jump.
            let deadline = clock.now() + period
            var span = starts.mutableSpan
            _ = limiter.step(targets: targets.span, output: &span)
            output.send(starts.span, enabled: enabled.span, at: clock.now())
            clock.wait(until: deadline)
        }
    }

    /// Bytes carry no time, so the simulator judges speed by when they come, and a machine that lets it wait may make an even
    /// motion look like a jump. What the limiter makes is the same each time: one run that came evenly proves it.
    @Test(arguments: robots) func everyRobotsServosMoveWithinTheirLimits(_ name: String) throws {
        let robot = try robot(name)
        var violations: [Int] = []
        repeat {
            let simulator = try simulator(name)
            let output = try writer(robot, simulator.port)
            var positions = robot.neutral
            move(output, robot, from: &positions, fraction: 0.3, ticks: 50)
            output.finish()
            #expect(try eventually { try simulator.status().bytes == output.statistics.bytesWritten })
            let status = try simulator.status()
            #expect(status.sha256 == output.statistics.sha256)
            #expect(status.violations.position == 0)
            #expect(status.protocolErrors == 0)
            let movable = robot.actuators.count { $0.limits.upper - $0.neutral > 0.05 }
            #expect(status.servos.count { $0.travel > 1 } >= movable)
            violations.append(status.violationCount)
        } while violations.last != 0 && violations.count < 5
        #expect(violations.last == 0, "\(violations)")
    }

    /// The neck's bus watchdog stops its servos after 200 ms without a word, and refuses goals from then on.
    @Test func servosGoOnAfterASilenceThatStoppedThem() throws {
        let robot = try robot("dynamixel-neck-3")
        let simulator = try simulator("dynamixel-neck-3")
        let output = try writer(robot, simulator.port)
        defer { output.finish() }
        var positions = robot.neutral
        move(output, robot, from: &positions, fraction: 0.1, ticks: 20)
        usleep(500_000)
        let before = try simulator.status().servos[0].position
        move(output, robot, from: &positions, fraction: 0.3, ticks: 60)
        #expect(try eventually { try abs(simulator.status().servos[0].position - before) > 100 })
        #expect(try simulator.status().servos.allSatisfy { $0.isOn })
    }

    @Test func aBusThatMeasuresSaysWhereItsServosStand() throws {
        let robot = try robot("reachy-mini")
        let simulator = try simulator("reachy-mini")
        let output = try writer(robot, simulator.port)
        defer { output.finish() }
        #expect(output.inventory.models.count == 9)
        // Simulated servos stand at neutral when they are switched on.
        for (actuator, position) in output.inventory.positions {
            #expect(abs(position - robot.actuators[actuator].neutral) < 0.002)
        }
        #expect(output.inventory.positions.count == 9)
    }

    @Test func anotherRobotOnThePortIsRefusedBeforeAnythingMoves() throws {
        let simulator = try simulator("dynamixel-neck-3")
        let reachy = try robot("reachy-mini")
        #expect(throws: BusMismatch.silent(bus: "body", path: simulator.port, expected: "9 servos")) {
            try writer(reachy, simulator.port)
        }
        let status = try simulator.status()
        #expect(status.servos.allSatisfy { !$0.isOn && $0.travel == 0 })
    }

    @Test func aServoThatAnswersToAnotherIdIsNamed() throws {
        let simulator = try simulator("dynamixel-neck-3")
        try simulator.suffer(.wrongID, servo: "neck-roll")
        let neck = try robot("dynamixel-neck-3")
        #expect(
            throws: BusMismatch.missing(bus: "neck", path: simulator.port, actuators: ["neck-roll (id 3)"])
        ) { try writer(neck, simulator.port) }
    }

    @Test func aLineThatReturnsGoesOnFromWhereItsServosStand() throws {
        let robot = try robot("dynamixel-neck-3")
        let simulator = try simulator("dynamixel-neck-3")
        let output = try writer(robot, simulator.port)
        defer { output.finish() }
        var positions = robot.neutral
        move(output, robot, from: &positions, fraction: 0.5, ticks: 60)
        try simulator.unplug()
        #expect(eventually { output.state == .lost })
        try simulator.replug()
        #expect(eventually { output.state == .returned })
        let standing = try simulator.status().servos.map(\.position)
        var resumed = [Double](repeating: .nan, count: 3)
        #expect(resumed.withUnsafeMutableBufferPointer { output.resume(into: $0) })
        for index in 0..<3 {
            #expect(abs(resumed[index] - robot.actuators[index].scale.radians(ofRaw: standing[index])) < 0.002)
        }
        // Nothing was told to move meanwhile.
        #expect(try simulator.status().servos.allSatisfy { !$0.isOn })
    }

    @Test func anOverheatedServoLetsGoAndSaysSo() throws {
        let robot = try robot("dynamixel-neck-3")
        let simulator = try simulator("dynamixel-neck-3")
        let output = try writer(robot, simulator.port)
        defer { output.finish() }
        var positions = robot.neutral
        move(output, robot, from: &positions, fraction: 0.2, ticks: 20)
        try simulator.suffer(.overheat, servo: "neck-yaw")
        move(output, robot, from: &positions, fraction: 0.2, ticks: 30)
        let yaw = try #require(try simulator.status().servos.first)
        #expect(!yaw.isOn)
        #expect(yaw.faults == ["temperature"])
        #expect(output.telemetry(of: 0)?.faults == .temperature)
    }
}
