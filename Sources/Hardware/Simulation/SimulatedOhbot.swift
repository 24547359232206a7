import Actuation
import FaceKit

/// A simulated Ohbot: lines of text in, its version and sensor values out.
public struct SimulatedOhbot: ~Copyable, SimulatedDevice {
    public var outbox: [UInt8] = []
    private var bank: ServoBank
    private var line: [UInt8] = []
    private var commands = 0
    private var errors = 0

    /// Longer lines are garbage.
    private static let longest = 64

    public init(robot: RobotDescription, bus: Int, timing: SimulatedMaestro.Timing = .arrival) {
        bank = ServoBank(robot: robot, bus: bus, timing: timing, saysChangesOnly: true)
    }

    public mutating func advance(to now: Nanoseconds) { bank.advance(to: now) }

    public mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        advance(to: now)
        bank.count(bytes)
        for byte in bytes {
            guard byte == 0x0A else {
                if line.count < Self.longest { line.append(byte) } else { errors += 1 }
                continue
            }
            if obey(String(decoding: line, as: UTF8.self), at: now) { commands += 1 } else { errors += 1 }
            line.removeAll(keepingCapacity: true)
        }
    }

    /// Whether the line was understood.
    private mutating func obey(_ text: String, at now: Nanoseconds) -> Bool {
        guard let letter = text.first else { return true }
        let parts = text.dropFirst().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        switch letter {
        case "v":
            outbox += Array("v2.1\n".utf8)
            return true
        case "a", "d":
            guard parts.count == 1, let place = place(parts[0]) else { return false }
            bank.members[place].body.goal = letter == "a" ? bank.members[place].body.position : nil
            return true
        case "m":
            guard parts.count == 3, let place = place(parts[0]), let degrees = Int(parts[1]),
                (0...180).contains(degrees),
                let speed = Double(parts[2]), (0...250).contains(speed)
            else { return false }
            // A motor that is not attached does not move.
            if bank.members[place].body.goal != nil { bank.members[place].body.goal = Double(degrees) }
            bank.set(place, Double(degrees), at: now)
            return true
        case "l": return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
        case "i":
            guard parts.count == 1, let sensor = UInt8(parts[0]) else { return false }
            outbox += Array("i\(sensor),512\n".utf8)
            return true
        case "F": return true
        default: return false
        }
    }

    private func place(_ motor: String) -> Int? { Int(motor).flatMap { bank.placeOfAddress[$0] } }

    public mutating func restart() {
        bank.restart()
        line.removeAll()
        outbox.removeAll()
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
