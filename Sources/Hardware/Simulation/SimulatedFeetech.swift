import Actuation
import FaceKit

/// A line of simulated Feetech servos, STS with little-endian words or SCS with big-endian ones.
public struct SimulatedFeetech: ~Copyable, SimulatedDevice {
    public var outbox: [UInt8] = []
    private var bank: ServoBank
    private var tables: [[UInt8]]
    private var registered: [(address: Int, data: [UInt8])?]
    private var framer = PacketFramer(FeetechFormat())
    private var commands = 0
    private var refusals = 0

    public init(robot: RobotDescription, bus: Int, timing: SimulatedMaestro.Timing = .arrival) {
        bank = ServoBank(robot: robot, bus: bus, timing: timing)
        tables = bank.members.map(Self.powerUp)
        registered = Array(repeating: nil, count: tables.count)
    }

    private static func powerUp(_ member: ServoBank.Member) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        let family = FeetechTable.of(member.model)
        func set(_ address: Int, _ value: UInt16) {
            (bytes[address], bytes[address + 1]) = family.bytes(of: value)
        }
        set(3, (member.model ?? .sts3215).number)
        bytes[5] = UInt8(member.channel)
        set(9, UInt16(member.limits.minimum))
        set(11, UInt16(member.limits.maximum))
        bytes[13] = 70
        bytes[14] = 80
        bytes[15] = 40
        return bytes
    }

    public mutating func advance(to now: Nanoseconds) {
        bank.advance(to: now)
        for place in tables.indices {
            let body = bank.members[place].body
            if body.temperature > Double(tables[place][13]) { bank.members[place].faults.insert(.temperature) }
            if (body.isBlocked && body.goal != nil) || (body.stalledFor > 1 && body.torqueLimit > 0.8) {
                bank.members[place].faults.insert(.overload)
            }
            guard !bank.members[place].faults.isEmpty else { continue }
            tables[place][40] = 0
            bank.members[place].body.goal = nil
        }
    }

    public mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        advance(to: now)
        bank.count(bytes)
        var packets: [FeetechPacket] = []
        for byte in bytes { framer.receive(byte) { packets.append(FeetechPacket($0)) } }
        for packet in packets {
            commands += 1
            obey(packet, at: now)
        }
    }

    public mutating func restart() {
        bank.restart()
        framer.reset()
        outbox.removeAll()
        for place in tables.indices {
            tables[place] = Self.powerUp(bank.members[place])
            registered[place] = nil
        }
    }

    // MARK: - Instructions

    private mutating func obey(_ packet: FeetechPacket, at now: Nanoseconds) {
        guard let instruction = FeetechPacket.Instruction(rawValue: packet.code) else {
            refusals += 1
            return
        }
        let data = packet.parameters
        switch instruction {
        case .syncWrite:
            guard data.count > 2, data[1] > 0, (data.count - 2) % (Int(data[1]) + 1) == 0 else {
                refusals += 1
                return
            }
            let size = Int(data[1])
            for start in stride(from: 2, to: data.count, by: size + 1) {
                guard let place = bank.placeOfAddress[Int(data[start])] else { continue }
                write(place, Int(data[0]), data[start + 1...start + size], at: now)
            }
        case .syncRead:
            guard data.count > 2 else { return }
            for id in data[2...] {
                guard let place = bank.placeOfAddress[Int(id)] else { continue }
                answer(id, place, read(place, Int(data[0]), Int(data[1])))
            }
        default:
            let targets =
                packet.id == FeetechPacket.broadcast
                ? bank.placeOfAddress.sorted { $0.key < $1.key }.map { (UInt8($0.key), $0.value) }
                : bank.placeOfAddress[Int(packet.id)].map { [(packet.id, $0)] } ?? []
            for (id, place) in targets {
                obeyAlone(instruction, data, id, place, isBroadcast: packet.id == FeetechPacket.broadcast, at: now)
            }
        }
    }

    private mutating func obeyAlone(
        _ instruction: FeetechPacket.Instruction, _ data: [UInt8], _ id: UInt8, _ place: Int, isBroadcast: Bool,
        at now: Nanoseconds
    ) {
        switch instruction {
        case .ping:
            answer(id, place, [])
            return
        case .read:
            if data.count == 2, !isBroadcast { answer(id, place, read(place, Int(data[0]), Int(data[1]))) }
            return
        case .write where data.count > 1: write(place, Int(data[0]), data[1...], at: now)
        case .registeredWrite where data.count > 1: registered[place] = (Int(data[0]), Array(data[1...]))
        case .action:
            if let waiting = registered[place] { write(place, waiting.address, waiting.data[...], at: now) }
            registered[place] = nil
        default: refusals += 1
        }
        if !isBroadcast { answer(id, place, []) }
    }

    private mutating func write(_ place: Int, _ address: Int, _ data: ArraySlice<UInt8>, at now: Nanoseconds) {
        let range = address..<address + data.count
        // Present values cannot be written.
        guard range.upperBound <= tables[place].count, !range.overlaps(56..<71) else {
            refusals += 1
            return
        }
        for (offset, byte) in data.enumerated() { tables[place][address + offset] = byte }
        let family = FeetechTable.of(bank.members[place].model)
        if range.contains(48), family == .sts {
            bank.members[place].body.torqueLimit =
                Double(family.word(tables[place][48], tables[place][49])) / 1000
        }
        if range.contains(40) {
            if !bank.members[place].faults.isEmpty { tables[place][40] = 0 }
            if tables[place][40] == 0 {
                bank.members[place].body.goal = nil
            } else if bank.members[place].body.goal == nil {
                bank.members[place].body.goal = bank.members[place].target ?? bank.members[place].body.position
            }
        }
        if range.contains(42) {
            let goal = Double(
                FeetechTable.signed(family.word(tables[place][42], tables[place][43]), signBit: 15))
            if bank.members[place].faults.isEmpty, tables[place][40] != 0 { bank.members[place].body.goal = goal }
            bank.set(place, goal, at: now)
        }
    }

    private mutating func read(_ place: Int, _ address: Int, _ size: Int) -> [UInt8] {
        guard size > 0, address + size <= tables[place].count else {
            refusals += 1
            return []
        }
        let body = bank.members[place].body
        let family = FeetechTable.of(bank.members[place].model)
        func set(_ address: Int, _ value: Int, signBit: UInt16) {
            let word = UInt16(clamping: abs(value)) | (value < 0 ? 1 << signBit : 0)
            (tables[place][address], tables[place][address + 1]) = family.bytes(of: word)
        }
        set(56, Int(body.position.rounded()), signBit: 15)
        set(60, Int((body.load * 1000).rounded()), signBit: 10)
        tables[place][62] = 60
        tables[place][63] = UInt8(clamping: Int(body.temperature.rounded()))
        tables[place][66] = body.isMoving ? 1 : 0
        return Array(tables[place][address..<address + size])
    }

    private mutating func answer(_ id: UInt8, _ place: Int, _ data: [UInt8]) {
        let faults = bank.members[place].faults
        var bits: UInt8 = 0
        if faults.contains(.temperature) { bits |= 4 }
        if faults.contains(.overload) { bits |= 32 }
        outbox += FeetechPacket(id: id, code: bits, parameters: data).bytes
    }

    // MARK: - Trouble and status

    public mutating func suffer(_ fault: ServoTrouble, servo name: String) -> Bool {
        guard bank.suffer(fault, servo: name, reports: true) else { return false }
        // Its faults go with their causes; a Dynamixel's stay until it is started anew.
        if fault == .mend, let place = bank.members.firstIndex(where: { $0.name == name }) {
            bank.members[place].faults = []
        }
        return true
    }

    public mutating func loosen(_ backlash: [String: Double]) { bank.loosen(backlash) }
    public mutating func stop(_ stops: [String: ClosedRange<Double>]) { bank.stop(stops) }

    public mutating func status(at now: Nanoseconds) -> SimulatorStatus {
        advance(to: now)
        return bank.status(at: now, commands: commands, errors: framer.strayBytes + refusals)
    }
}
