import FaceKit
import Hardware
import Synchronization
import Telemetry

/// What the ticks leave for a bridge to look at: newest values in slots, which neither side waits for.
public final class Observation: Sendable {
    /// The control tick's newest status.
    let control = LatestValueSlot(RunStatus())
    /// The motion tick's newest frame.
    let motion = LatestValueSlot(MotionView())
    /// Events for the bridge, beside those that the console takes.
    let events = EventStream()
    /// Lines of the log.
    let lines = EventStream()
    private let buses = Mutex<[any BusOutput]>([])

    public init() {}

    /// The lines whose servos can say how they are.
    func attach(_ outputs: [any BusOutput]) { buses.withLock { $0 = outputs } }

    /// What each actuator last said of itself, by its place in the robot file.
    func reports(count: Int) -> [ServoReport?] {
        let outputs = buses.withLock { $0 }
        var reports = [ServoReport?](repeating: nil, count: count)
        for output in outputs {
            for actuator in output.actuators where actuator < count {
                reports[actuator] = output.telemetry(of: actuator)
            }
        }
        return reports
    }

    /// Takes a line of the log.
    public func log(level: String, message: String) {
        lines.post(ConsoleEvent("log", seconds: 0, ["level": .text(level), "message": .text(message)]))
    }
}

/// One motion frame with what it was made from, stored inline.
struct MotionView: Sendable {
    var channels = FaceChannels()
    var portrait = FacePortrait()
    var person: PersonFrame?

    mutating func read(_ packet: MotionPacket, _ portrait: FacePortrait, _ person: PersonFrame?) {
        channels = packet.channels
        self.portrait = portrait
        self.person = person
    }
}
