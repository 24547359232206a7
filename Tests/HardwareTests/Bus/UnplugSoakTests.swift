import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

/// Every kind of bus pulled and put back: 1,000 times each with `MIEN_SOAK=1`, otherwise 3 times.
@Suite struct UnplugSoakTests {
    private static var isSoak: Bool { ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" }

    @Test(arguments: RobotLineTests.robots + ["maestro-face-23"])
    func everyPullIsNoticedAndMendedFromThePoseFound(_ name: String) throws {
        let program = try #require(MienProgram.path, "mien is not built beside the tests")
        let path = MienProgram.file("Robots/\(name).yaml")
        let robot = try RobotDescription(path: path)
        let simulator = try SimulatorProcess(executable: program, robot: path)
        let finder = PortFinder(port: simulator.port, baud: robot.buses[0].baud ?? 115_200)
        let output = try BusLanguage.writer(robot: robot, bus: 0) { () throws(SerialPortError) in try finder.open() }
        defer { output.finish() }
        let clock = SystemClock()
        let random = CounterRandom(seed: 8, system: .test)
        let enabled = robot.actuators.map { _ in true }
        var (found, mended): ([Double], [Double]) = ([], [])
        for cycle in 0..<(Self.isSoak ? 1000 : 3) {
            // A place near neutral, so that the servo is there soon.
            let sent = robot.actuators.enumerated().map { index, actuator in
                let share = Double(random.uniform(frame: UInt32(cycle), draw: UInt32(index))) * 0.1
                return actuator.neutral + share * (actuator.limits.upper - actuator.neutral)
            }
            let written = output.statistics.framesWritten
            output.send(sent.span, enabled: enabled.span, at: clock.now())
            #expect(eventually { output.statistics.framesWritten > written })

            let pulled = clock.now()
            try simulator.unplug()
            #expect(Self.wait { output.state == .lost })
            found.append(Double(clock.now() - pulled) / 1e9)
            output.send(robot.neutral.span, enabled: enabled.span, at: clock.now())

            try simulator.replug()
            let returned = clock.now()
            #expect(Self.wait { output.state == .returned })
            mended.append(Double(clock.now() - returned) / 1e9)

            let standing = try simulator.status().servos
            var resumed = [Double](repeating: .nan, count: sent.count)
            #expect(resumed.withUnsafeMutableBufferPointer { output.resume(into: $0) })
            for (index, actuator) in robot.actuators.enumerated() {
                guard let servo = standing.first(where: { $0.name == actuator.name }) else { continue }
                let pose = robot.buses[0].kind.measures ? actuator.scale.radians(ofRaw: servo.position) : sent[index]
                #expect(abs(resumed[index] - pose) < 0.003, "\(actuator.name) in cycle \(cycle)")
            }
        }
        #expect(output.statistics.losses == found.count)
        #expect(output.statistics.returns == found.count)
        guard Self.isSoak else { return }
        let (worstFound, worstMended) = (found.max() ?? 0, mended.max() ?? 0)
        print(
            "\(name): \(found.count) pulls, found within \(Int(worstFound * 1000)) ms, mended within \(Int(worstMended * 1000)) ms"
        )
        #expect(worstFound < 0.1)
        #expect(worstMended < 1)
    }

    /// Looks every millisecond, for five seconds at most.
    private static func wait(_ condition: () -> Bool) -> Bool {
        for _ in 0..<5000 {
            if condition() { return true }
            usleep(1000)
        }
        return condition()
    }
}
