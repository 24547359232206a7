import Actuation
import FaceKit

/// A simulated Arduino with StandardFirmata 2.8 and hobby servos on its pins.
public struct SimulatedFirmata: ~Copyable, SimulatedDevice {
    public var outbox: [UInt8] = []
    private var bank: ServoBank
    private var modes = [UInt8](repeating: 1, count: 128)
    private var ranges = [ClosedRange<UInt16>](repeating: 544...2400, count: 128)
    private var message: [UInt8] = []
    private var commands = 0
    private var errors = 0

    private static let servoMode: UInt8 = 4
    /// Longer messages are cut off, as the sketch's buffer does.
    private static let longest = 64

    public init(robot: RobotDescription, bus: Int, timing: SimulatedMaestro.Timing = .arrival) {
        bank = ServoBank(robot: robot, bus: bus, timing: timing)
    }

    public mutating func advance(to now: Nanoseconds) { bank.advance(to: now) }

    public mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        advance(to: now)
        bank.count(bytes)
        for byte in bytes { take(byte, at: now) }
    }

    private mutating func take(_ byte: UInt8, at now: Nanoseconds) {
        if byte == 0xF7, message.first == 0xF0 {
            if obeySysex(message, at: now) { commands += 1 } else { errors += 1 }
            message.removeAll(keepingCapacity: true)
            return
        }
        if byte >= 0x80 {
            if !message.isEmpty { errors += 1 }
            message = [byte]
            if byte == 0xFF { reset() }
        } else if message.isEmpty {
            errors += 1
            return
        } else if message.count < Self.longest {
            message.append(byte)
        }
        guard message[0] != 0xF0, message.count == Self.length(of: message[0]) else { return }
        obey(message, at: now)
        message.removeAll(keepingCapacity: true)
    }

    /// Bytes of a message with that first byte.
    private static func length(of first: UInt8) -> Int {
        switch first {
        case 0xE0...0xEF, 0x90...0x9F, 0xF4, 0xF5: 3
        case 0xC0...0xDF: 2
        default: 1
        }
    }

    private mutating func reset() {
        modes = Array(repeating: 1, count: 128)
        ranges = Array(repeating: 544...2400, count: 128)
        for place in bank.members.indices { bank.members[place].body.goal = nil }
    }

    private mutating func obey(_ message: [UInt8], at now: Nanoseconds) {
        commands += 1
        switch message[0] {
        case 0xE0...0xEF: write(pin: message[0] & 0x0F, UInt16(message[1]) | UInt16(message[2]) << 7, at: now)
        case 0xF4:
            modes[Int(message[1])] = message[2]
            if message[2] != Self.servoMode, let place = bank.placeOfAddress[Int(message[1])] {
                bank.members[place].body.goal = nil
            }
        case 0xF9: outbox += [0xF9, 2, 8]
        default: break
        }
    }

    private mutating func obeySysex(_ message: [UInt8], at now: Nanoseconds) -> Bool {
        guard message.count > 1 else { return false }
        func word(_ index: Int) -> UInt16 { UInt16(message[index]) | UInt16(message[index + 1]) << 7 }
        switch message[1] {
        case 0x70:
            guard message.count == 7, word(3) < word(5) else { return false }
            ranges[Int(message[2])] = word(3)...word(5)
            modes[Int(message[2])] = Self.servoMode
        case 0x6F:
            guard message.count >= 5 else { return false }
            write(pin: message[2], word(3), at: now)
        case 0x79: outbox += [0xF0, 0x79, 2, 8] + Array("mien".utf8).flatMap { [$0 & 0x7F, $0 >> 7] } + [0xF7]
        case 0x6B:
            let one: [UInt8] = [0, 1, 1, 1, Self.servoMode, 14, 0x7F]
            let pins: [UInt8] = (0..<64).flatMap { _ in one }
            outbox += [0xF0, 0x6C] + pins + [0xF7]
        case 0x69: outbox += [0xF0, 0x6A] + [UInt8](repeating: 0x7F, count: 64) + [0xF7]
        case 0x7A: break
        default: return false
        }
        return true
    }

    /// The Servo library takes what is below 544 as degrees of the pin's range.
    private mutating func write(pin: UInt8, _ value: UInt16, at now: Nanoseconds) {
        guard let place = bank.placeOfAddress[Int(pin)], modes[Int(pin)] == Self.servoMode else {
            errors += 1
            return
        }
        let range = ranges[Int(pin)]
        let pulse: Double
        if value < 544 {
            pulse =
                Double(range.lowerBound)
                + Double(min(value, 180)) / 180 * Double(range.upperBound - range.lowerBound)
        } else {
            pulse = Double(min(max(value, range.lowerBound), range.upperBound))
        }
        bank.members[place].body.goal = pulse
        bank.set(place, pulse, at: now)
    }

    public mutating func restart() {
        bank.restart()
        message.removeAll()
        outbox.removeAll()
        reset()
    }

    public mutating func suffer(_ fault: ServoTrouble, servo name: String) -> Bool {
        bank.suffer(fault, servo: name, reports: false)
    }

    public mutating func loosen(_ backlash: [String: Double]) { bank.loosen(backlash) }
    public mutating func stop(_ stops: [String: ClosedRange<Double>]) { bank.stop(stops) }

    public mutating func status(at now: Nanoseconds) -> SimulatorStatus {
        advance(to: now)
        return bank.status(at: now, commands: commands, errors: errors)
    }
}
