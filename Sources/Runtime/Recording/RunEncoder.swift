import Actuation
import FaceKit
import Foundation
import Hardware
import Telemetry

/// Turns what a tap was shown into the JSON messages of a recording. The same moments always give the same bytes: that is
/// what a rerun is held against.
struct RunEncoder {
    private(set) var row = JSONRow()
    private let actuators: [JSONKey]
    private let actuatorNames: [String]
    private let buses: [RobotDescription.Bus]
    private let onBus: [[Int]]
    /// Four numbers an actuator, as they were shown last.
    private var lastStrains: [Double]
    private let motionPeriod, controlPeriod: Nanoseconds
    private static let columns = TrackColumn.all.map { (column: $0, key: JSONKey($0.name)) }
    private static let channels = FaceChannel.names.map(JSONKey.init)

    init(robot: RobotDescription, motionPeriod: Nanoseconds, controlPeriod: Nanoseconds) {
        actuatorNames = robot.actuators.map(\.name)
        actuators = actuatorNames.map(JSONKey.init)
        lastStrains = Array(repeating: 0, count: 4 * robot.actuators.count)
        buses = robot.buses
        onBus = robot.buses.indices.map { robot.actuators(onBus: $0) }
        self.motionPeriod = motionPeriod
        self.controlPeriod = controlPeriod
    }

    var bytes: [UInt8] { row.bytes }

    mutating func person(_ moment: borrowing MotionMoment) {
        row.begin()
        row.put("tick", moment.index)
        row.put("time_s", seconds(of: moment))
        row.put("present", moment.person?.isPresent ?? false)
        if let person = moment.person {
            row.put("source_time_s", person.time)
            row.put("face") { row in Self.put(person, &row) }
        }
        row.end()
    }

    /// What was sensed, by name.
    private static func put(_ person: PersonFrame, _ row: inout JSONRow) {
        for (column, key) in columns {
            if let value = person.value(column) { row.put(key, value) }
        }
    }

    mutating func motion(_ moment: borrowing MotionMoment) {
        row.begin()
        row.put("tick", moment.index)
        row.put("time_s", seconds(of: moment))
        row.put("lateness_us", Double(moment.lateness) / 1000)
        row.put("made", moment.packet != nil)
        if let packet = moment.packet {
            row.put("driver", packet.driver.name)
            row.put("listening", moment.listening)
            row.put("landmark_share", packet.landmarkShare)
            row.put("generated", packet.isGenerated)
            row.put("channels") { row in
                for index in 0..<FaceChannels.count { row.put(Self.channels[index], packet.channels.values[index]) }
            }
        }
        row.end()
    }

    private func seconds(of moment: borrowing MotionMoment) -> Double { Double(nanoseconds(of: moment)) / 1e9 }

    /// When a motion tick began, since the run's first deadline.
    func nanoseconds(of moment: borrowing MotionMoment) -> Nanoseconds {
        Nanoseconds(moment.index) * motionPeriod + moment.lateness
    }

    /// - Parameter began: nanoseconds since the run's first deadline.
    mutating func control(_ moment: borrowing ControlMoment, began: Nanoseconds, _ numbers: ControlNumbers) {
        row.begin()
        row.put("tick", Int(moment.elapsed / controlPeriod))
        row.put("time_s", Double(began) / 1e9)
        row.put("began_ns", began)
        row.put("lateness_us", Double(moment.lateness) / 1000)
        if let frame = moment.frame { row.put("frame", frame) }
        if let person = moment.person { row.put("person") { row in Self.put(person, &row) } }
        row.put("driver", moment.driver.name)
        if moment.settles { row.put("settles", true) }
        if let cause = RunStatus.stopCauses[Int(moment.stop.pressed)] { row.put("pressed", cause) }
        if moment.stop.isCleared { row.put("cleared", true) }
        if let cause = RunStatus.stopCauses[Int(moment.stopCause)] { row.put("stopped", cause) }
        if moment.lostBuses != 0 { row.put("lost", names(moment.lostBuses)) }
        if moment.returnedBuses != 0 {
            row.put("returned", names(moment.returnedBuses))
            let returned = moment.returnedBuses
            row.put("resumed") { row in
                for place in buses.indices where returned & 1 << UInt64(place) != 0 {
                    for actuator in onBus[place] { row.put(actuators[actuator], numbers.resumed[actuator]) }
                }
            }
        }
        putStrains(numbers.strains)
        row.end()
    }

    /// What servos said of themselves since the tick before, by actuator; null for one that said nothing any more.
    private mutating func putStrains(_ strains: UnsafeBufferPointer<Double>) {
        let isSame =
            strains.count != lastStrains.count
            || (0..<strains.count).allSatisfy {
                strains[$0].bitPattern == lastStrains[$0].bitPattern
            }
        guard !isSame else { return }
        row.put("strain") { row in
            for index in actuators.indices {
                let fields = 4 * index..<4 * index + 4
                guard fields.contains(where: { strains[$0].bitPattern != lastStrains[$0].bitPattern }) else { continue }
                guard strains[4 * index] == 1 else {
                    row.put(actuators[index], json: "null".utf8)
                    continue
                }
                row.put(actuators[index]) { row in
                    row.put("temperature_c", strains[4 * index + 1])
                    row.put("load", strains[4 * index + 2])
                    row.put("position_rad", strains[4 * index + 3])
                }
            }
        }
        for place in strains.indices { lastStrains[place] = strains[place] }
    }

    private func names(_ bits: UInt64) -> [String] {
        buses.indices.filter { bits & 1 << UInt64($0) != 0 }.map { buses[$0].name }
    }

    mutating func targets(_ moment: borrowing ControlMoment, began: Nanoseconds, _ numbers: ControlNumbers) {
        row.begin()
        row.put("tick", Int(moment.elapsed / controlPeriod))
        row.put("time_s", Double(began) / 1e9)
        row.put("wanted") { row in for index in actuators.indices { row.put(actuators[index], numbers.wanted[index]) } }
        row.put("commanded") { row in
            for index in actuators.indices { row.put(actuators[index], numbers.commanded[index]) }
        }
        row.end()
    }

    /// A command that a motion tick performs.
    mutating func command(_ command: Command, tick: Int, at time: Nanoseconds) {
        fields(command.fields, at: time) { $0.put("tick", tick) }
    }

    /// An emergency stop or its end, which the control tick takes from the latch.
    mutating func stop(_ moment: borrowing ControlMoment, at time: Nanoseconds) {
        row.begin()
        row.put("time_s", Double(time) / 1e9)
        row.put("control_tick", Int(moment.elapsed / controlPeriod))
        row.put("command", moment.stop.pressed != 0 ? "emergency_stop" : "clear")
        if let cause = RunStatus.stopCauses[Int(moment.stop.pressed)] { row.put("cause", cause) }
        row.end()
    }

    mutating func event(_ event: ConsoleEvent, at time: Nanoseconds) {
        var facts = event.facts
        facts["event"] = .text(event.name)
        facts["seconds"] = .number(event.seconds)
        fields(facts, at: time) { _ in }
    }

    /// - Parameters:
    ///   - time: when they were written, since the run's first deadline.
    ///   - start: the run's first deadline.
    mutating func bus(_ bytes: [UInt8], _ part: BusWrite, at time: Nanoseconds, start: Nanoseconds) {
        row.begin()
        row.put("time_s", Double(time) / 1e9)
        row.put("purpose", part.purpose.rawValue)
        row.put("start", part.isStart)
        if let tick = part.time { row.put("tick_began_ns", tick - start) }
        row.put("count", bytes.count)
        row.put("bytes", Data(bytes).base64EncodedString())
        row.end()
    }

    /// Plain fields after the time; a field of that name is left out.
    private mutating func fields(
        _ fields: [String: Scalar], at time: Nanoseconds, _ more: (inout JSONRow) -> Void
    ) {
        row.begin()
        row.put("time_s", Double(time) / 1e9)
        more(&row)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where key != "time_s" && key != "tick" {
            row.put(JSONKey(key), json: (try? JSONText.line(value))?.utf8 ?? "null".utf8)
        }
        row.end()
    }
}

extension Driver {
    /// The name in files.
    var name: String { String(describing: self) }
}
