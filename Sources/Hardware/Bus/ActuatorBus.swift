import FaceKit

/// The language of one servo bus: how a whole set of targets becomes bytes, and how answers are read.
///
/// A bus knows nothing about ports and threads. All of it is called by the thread that owns the port, so that a bus may
/// remember what it said last. `encode` allocates nothing, takes no lock and throws nothing.
public protocol ActuatorBus: Sendable {
    associatedtype Decoder: ReplyDecoder

    /// Actuators of the whole robot: the length of every list of positions.
    var positionCount: Int { get }
    /// Which of them hang on this bus, by their place in the robot file.
    var actuators: [Int] { get }
    /// The most bytes that `encode` can write.
    var frameCapacity: Int { get }
    /// Bytes sent once each time the port opens, before the first frame.
    var greeting: [UInt8] { get }
    /// What a device is asked when its port was opened, before the greeting and before anything moves.
    var questions: [BusQuestion] { get }
    /// What of the answers does not fit the robot file, nil when all does.
    func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch?
    /// Bytes that take torque or pulses from all actuators of this bus, whatever was said before; half a command of
    /// somebody who died may stand before them.
    var relaxation: [UInt8] { get }
    /// The request for the device's error flags or telemetry, empty where the bus has none.
    var healthRequest: [UInt8] { get }
    /// Bytes that limit the torque of all servos to a share of the most; empty where they have no such limit.
    func torqueLimit(_ share: Double) -> [UInt8]
    /// Whether answers share the wire with frames, so that no frame may begin while one is outstanding.
    var isHalfDuplex: Bool { get }

    /// How long the line may be silent before servos stop and want the greeting again; nil for any time.
    var longestSilence: Nanoseconds? { get }

    /// Encodes one target for each actuator of this bus.
    ///
    /// - Parameters:
    ///   - positions: radians, one for each actuator of the robot, in the robot file's order. One that is not finite is left out of the frame, so the servo
    ///     holds its last target.
    ///   - enabled: whether the actuator is driven; one that is not gets no torque, where the bus can say so.
    ///   - buffer: at least `frameCapacity` bytes.
    /// - Returns: the number of bytes written.
    mutating func encode(_ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer)
        -> Int

    /// Forgets what was said: the port was opened anew, and the device may know nothing.
    mutating func forget()

    /// A decoder for the answers that come back on one opened port.
    func makeDecoder() -> Decoder
}

extension ActuatorBus {
    public var isHalfDuplex: Bool { false }
    public var longestSilence: Nanoseconds? { nil }
    public func torqueLimit(_ share: Double) -> [UInt8] { [] }
    public var questions: [BusQuestion] { [] }
    public func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch? { nil }
    public mutating func forget() {}
}

/// What a device answered.
public enum BusReply: Equatable, Sendable {
    /// Where an actuator is being driven to just now, radians.
    case position(actuator: Int, radians: Double)
    /// Whether any servo is still on its way.
    case moving(Bool)
    /// The device's own error bits; reading them cleared them.
    case errors(UInt16)
    /// What a servo says of itself.
    case telemetry(actuator: Int, ServoTelemetry)
    /// What a servo finds wrong with itself; empty when all is well.
    case faults(actuator: Int, ServoFaults)
    /// A servo did not do what it was told; the code is the bus' own.
    case refused(actuator: Int, code: UInt8)
    /// The number of a servo's make.
    case model(actuator: Int, number: UInt16)
    /// The device said which it is.
    case identified(version: String)
}

/// A state machine that turns received bytes into replies. Any byte stream whatever is taken without failing.
public protocol ReplyDecoder: Sendable {
    /// Says that the greeting has been written, so that its answers are expected.
    mutating func expectGreeting()
    /// Says that a health request has been written, so that its answer is expected.
    mutating func expectHealth()
    /// Forgets all that was expected: nothing came in time, or the port was opened anew.
    mutating func reset()
    /// Answers still outstanding.
    var expectedReplies: Int { get }
    /// Takes one received byte and reports the replies that it completed.
    mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void)
}
