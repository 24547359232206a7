import Actuation
import FaceKit

/// The language that one bus of a robot speaks, whichever it is.
public enum BusLanguage {
    /// Frames between two requests for error bits, where nobody says otherwise.
    public static let framesPerHealthRequest = 100

    /// The language of a robot's bus.
    public static func of(_ robot: RobotDescription, bus: Int) -> any ActuatorBus {
        let all = robot.actuators
        return switch robot.buses[bus].kind {
        case .maestro(let settings): MaestroBus(actuators: all, bus: bus, settings: settings)
        case .dynamixel(let settings): DynamixelBus(actuators: all, bus: bus, watchdog: settings.watchdog)
        case .feetech: FeetechBus(actuators: all, bus: bus)
        case .ohbot: OhbotBus(actuators: all, bus: bus)
        case .firmata: FirmataBus(actuators: all, bus: bus)
        }
    }

    /// Opens the line of a robot's bus and starts its thread; see `BusWriter`.
    public static func writer(
        robot: RobotDescription, bus: Int, framesPerHealthRequest: Int = framesPerHealthRequest,
        clock: any TickClock = SystemClock(),
        guardian: Guardian? = nil, tap: BusTap? = nil,
        open: @escaping @Sendable () throws(SerialPortError) -> any SerialPort
    ) throws -> any BusOutput {
        func writer(_ language: some ActuatorBus) throws -> any BusOutput {
            try BusWriter(
                name: robot.buses[bus].name, bus: language, framesPerHealthRequest: framesPerHealthRequest,
                clock: clock, last: robot.buses[bus].atEnd == .relax ? language.relaxation : [], guardian: guardian,
                tap: tap, open: open)
        }
        return try writer(of(robot, bus: bus))
    }

    /// The same without a line or a thread; see `RecordingBus`.
    public static func recording(
        robot: RobotDescription, bus: Int,
        listener: (@Sendable (UnsafeRawBufferPointer, Nanoseconds) -> Void)? = nil, tap: BusTap? = nil
    ) -> any BusOutput {
        func recording(_ language: some ActuatorBus) -> any BusOutput {
            RecordingBus(
                name: robot.buses[bus].name, bus: language, framesPerHealthRequest: framesPerHealthRequest,
                listener: listener, tap: tap)
        }
        return recording(of(robot, bus: bus))
    }
}
