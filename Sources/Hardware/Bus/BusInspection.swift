import Actuation
import FaceKit
import Glibc

/// A question to a device that was just opened, before anything moves.
public struct BusQuestion: Sendable, Equatable {
    public var bytes: [UInt8]
    /// Replies that answer it.
    public var replies: Int
    /// How long they may take, and how often it is asked until then.
    public var patience: Nanoseconds
    public var attempts: Int

    public init(bytes: [UInt8], replies: Int, patience: Nanoseconds = 50_000_000, attempts: Int = 3) {
        self.bytes = bytes
        self.replies = replies
        self.patience = patience
        self.attempts = attempts
    }
}

/// What a device said of itself.
public struct BusInventory: Sendable, Equatable {
    /// Model numbers by actuator.
    public var models: [Int: UInt16] = [:]
    /// Where actuators stand, rad, by actuator.
    public var positions: [Int: Double] = [:]
    public var faults: [Int: ServoFaults] = [:]
    public var version: String?

    public init() {}

    mutating func take(_ reply: BusReply) {
        switch reply {
        case .model(let actuator, let number): models[actuator] = number
        case .telemetry(let actuator, let telemetry): positions[actuator] = telemetry.position
        case .position(let actuator, let radians): positions[actuator] = radians
        case .faults(let actuator, let found): faults[actuator] = found
        case .identified(let text): version = text
        case .errors, .moving, .refused: break
        }
    }
}

/// The device on the port is not the one that the robot file describes: nothing may move.
public enum BusMismatch: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing on the line answered at all.
    case silent(bus: String, path: String, expected: String)
    /// Actuators that did not answer, by name and id.
    case missing(bus: String, path: String, actuators: [String])
    /// An actuator of another make.
    case model(bus: String, actuator: String, found: UInt16, expected: ServoModel)

    public var description: String {
        switch self {
        case .silent(let bus, let path, let expected):
            "bus \(bus): nothing answers on \(path), expected \(expected); is it powered, and is this its port?"
        case .missing(let bus, let path, let actuators):
            "bus \(bus): no answer on \(path) from \(actuators.joined(separator: ", ")); is this the right robot?"
        case .model(let bus, let actuator, let found, let expected):
            "bus \(bus): \(actuator) says it is model \(found), expected \(expected.rawValue) (\(expected.number)); "
                + "is this the right robot?"
        }
    }
}

/// Asks a device the questions of its bus, one after the other, on the thread that owns the port.
struct BusInspection<Bus: ActuatorBus> {
    let bus: Bus
    let name: String
    /// Receives what is written.
    var onWrite: (UnsafeRawBufferPointer) -> Void = { _ in }
    let clock = SystemClock()

    /// - Throws: the line's error, or what does not fit.
    func run(_ port: any SerialPort) throws -> BusInventory {
        var inventory = BusInventory()
        var decoder = bus.makeDecoder()
        for question in bus.questions {
            for _ in 0..<question.attempts {
                decoder.reset()
                try write(question.bytes, to: port)
                if try listen(port, &decoder, &inventory, replies: question.replies, patience: question.patience) {
                    break
                }
            }
        }
        if let mismatch = bus.judge(inventory, name: name, path: port.path) { throw mismatch }
        return inventory
    }

    private func write(_ bytes: [UInt8], to port: any SerialPort) throws {
        var written = 0
        let deadline = clock.now() + 1_000_000_000
        while written < bytes.count, clock.now() < deadline {
            written += try bytes.withUnsafeBytes { all in
                let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                let count = try port.write(rest)
                onWrite(UnsafeRawBufferPointer(rebasing: rest[..<count]))
                return count
            }
            guard written < bytes.count else { return }
            var interest = pollfd(fd: port.descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&interest, 1, 20)
        }
    }

    /// Whether enough replies came in time.
    private func listen(
        _ port: any SerialPort, _ decoder: inout Bus.Decoder, _ inventory: inout BusInventory, replies: Int,
        patience: Nanoseconds
    ) throws -> Bool {
        let deadline = clock.now() + patience
        var count = 0
        var bytes = [UInt8](repeating: 0, count: 512)
        while count < replies {
            let left = deadline - clock.now()
            guard left > 0 else { return false }
            var interest = pollfd(fd: port.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&interest, 1, Int32(left / 1_000_000 + 1)) > 0 else { continue }
            let received = try bytes.withUnsafeMutableBytes { try port.read(into: $0) }
            for byte in bytes[..<received] {
                decoder.receive(byte) { reply in
                    count += 1
                    inventory.take(reply)
                }
            }
        }
        return true
    }
}

extension ActuatorBus {
    /// What every bus with addressable servos expects: all of them, of the right make.
    func judgeServos(_ inventory: BusInventory, _ all: [Actuator], name: String, path: String) -> BusMismatch? {
        let absent = actuators.filter { inventory.models[$0] == nil }
        if absent.count == actuators.count, !actuators.isEmpty {
            return .silent(bus: name, path: path, expected: "\(actuators.count) servos")
        }
        if !absent.isEmpty {
            return .missing(
                bus: name, path: path, actuators: absent.map { "\(all[$0].name) (id \(all[$0].channel))" })
        }
        for index in actuators {
            guard let found = inventory.models[index], let expected = all[index].model else { continue }
            if found != expected.number {
                return .model(bus: name, actuator: all[index].name, found: found, expected: expected)
            }
        }
        return nil
    }
}
