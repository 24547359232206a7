import Actuation
import FaceKit

/// A line of simulated Dynamixel servos: Protocol 2.0 as the e-Manual has it, control tables, shutdown on hardware
/// errors, and the bus watchdog.
public struct SimulatedDynamixel: ~Copyable, SimulatedDevice {
    public var outbox: [UInt8] = []
    private var bank: ServoBank
    private var tables: [DynamixelRegisters]
    /// Writes that wait for an action.
    private var registered: [(address: Int, data: [UInt8])?]
    private var framer = PacketFramer(DynamixelFormat(longest: 2048))
    private var commands = 0
    private var refusals = 0
    private var lastPacket: Nanoseconds = 0

    public init(robot: RobotDescription, bus: Int, timing: SimulatedMaestro.Timing = .arrival) {
        bank = ServoBank(robot: robot, bus: bus, timing: timing)
        tables = bank.members.map { member in
            DynamixelRegisters(
                model: member.model ?? .xl330m288, id: UInt8(member.channel), minimum: Int(member.limits.minimum),
                maximum: Int(member.limits.maximum))
        }
        registered = Array(repeating: nil, count: tables.count)
    }

    // MARK: - Time and bytes

    public mutating func advance(to now: Nanoseconds) {
        bank.advance(to: now)
        for place in tables.indices {
            let limit = tables[place].table.watchdog.map { tables[place].value($0) } ?? 0
            guard limit > 0, limit < 128, now - lastPacket > Nanoseconds(limit) * 20_000_000 else { continue }
            // It stops where it is, and its goals cannot be written until the watchdog is cleared.
            tables[place].set(98, 1, 255)
            if bank.members[place].body.goal != nil {
                bank.members[place].body.goal = bank.members[place].body.position
            }
        }
        for place in tables.indices { checkSelf(place) }
    }

    /// A servo that finds itself too hot or blocked for too long lets go, as its shutdown mask says.
    private mutating func checkSelf(_ place: Int) {
        let limit = Double(tables[place].value(tables[place].table.torqueLimit))
        // A table that nobody wrote to allows all.
        bank.members[place].body.torqueLimit = limit > 0 ? limit / Double(tables[place].table.mostTorque) : 1
        let body = bank.members[place].body
        let isXL320 = tables[place].table == .xl320
        let most = Double(tables[place].bytes[isXL320 ? 12 : 31])
        if body.temperature > most { bank.members[place].faults.insert(.temperature) }
        if (body.isBlocked && body.goal != nil) || (body.stalledFor > 1 && body.torqueLimit > 0.8) {
            bank.members[place].faults.insert(.overload)
        }
        guard !bank.members[place].faults.isEmpty else { return }
        let faults = bank.members[place].faults
        var bits: UInt8 = 0
        if faults.contains(.temperature) { bits |= isXL320 ? 1 << 1 : 1 << 2 }
        if faults.contains(.overload) { bits |= isXL320 ? 1 << 0 : 1 << 5 }
        tables[place].set(tables[place].table.hardwareError, Int32(bits))
        tables[place].set(tables[place].table.torqueEnable, 0)
        bank.members[place].body.goal = nil
    }

    public mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        advance(to: now)
        bank.count(bytes)
        var packets: [DynamixelPacket] = []
        for byte in bytes {
            framer.receive(byte) { if let packet = DynamixelPacket($0) { packets.append(packet) } }
        }
        for packet in packets where packet.instruction != .status {
            lastPacket = now
            commands += 1
            obey(packet, at: now)
        }
    }

    public mutating func restart() {
        bank.restart()
        framer.reset()
        outbox.removeAll()
        for place in tables.indices { reboot(place) }
    }

    private mutating func reboot(_ place: Int) {
        let member = bank.members[place]
        tables[place] = DynamixelRegisters(
            model: member.model ?? .xl330m288, id: UInt8(member.channel), minimum: Int(member.limits.minimum),
            maximum: Int(member.limits.maximum))
        registered[place] = nil
        bank.members[place].faults = []
        bank.members[place].body.goal = nil
    }

    // MARK: - Instructions

    private mutating func obey(_ packet: DynamixelPacket, at now: Nanoseconds) {
        let data = packet.parameters
        switch packet.instruction {
        case .syncWrite: syncWrite(data, at: now)
        case .bulkWrite: bulkWrite(data, at: now)
        case .syncRead, .fastSyncRead:
            guard data.count > 4 else { return }
            let (address, size) = (Self.word(data, 0), Self.word(data, 2))
            let items = data[4...].map { (id: $0, address: address, size: size) }
            readSeveral(items, isFast: packet.instruction == .fastSyncRead)
        case .bulkRead, .fastBulkRead:
            let items = stride(from: 0, to: data.count - 4, by: 5).map {
                (id: data[$0], address: Self.word(data, $0 + 1), size: Self.word(data, $0 + 3))
            }
            readSeveral(items, isFast: packet.instruction == .fastBulkRead)
        default:
            if packet.id == DynamixelPacket.broadcast {
                for (address, place) in bank.placeOfAddress.sorted(by: { $0.key < $1.key }) {
                    obeyAlone(packet, UInt8(address), place, at: now, isBroadcast: true)
                }
            } else if let place = bank.placeOfAddress[Int(packet.id)] {
                obeyAlone(packet, packet.id, place, at: now, isBroadcast: false)
            }
        }
    }

    private mutating func obeyAlone(
        _ packet: DynamixelPacket, _ id: UInt8, _ place: Int, at now: Nanoseconds, isBroadcast: Bool
    ) {
        let data = packet.parameters
        var fault: DynamixelError.Fault?
        switch packet.instruction {
        case .ping:
            refresh(place)
            let table = tables[place]
            answer(id, place, nil, [table.bytes[0], table.bytes[1], table.bytes[table.table == .xl320 ? 2 : 6]])
            return
        case .read:
            guard !isBroadcast else { return }
            guard data.count == 4 else {
                answer(id, place, .dataLength, [])
                return
            }
            let (bytes, fault) = read(place, Self.word(data, 0), Self.word(data, 2))
            if tables[place].returnLevel >= 1 { answer(id, place, fault, bytes) }
            return
        case .write:
            fault = data.count < 3 ? .dataLength : write(place, Self.word(data, 0), data[2...], at: now)
        case .registeredWrite:
            if data.count < 3 {
                fault = .dataLength
            } else {
                registered[place] = (Self.word(data, 0), Array(data[2...]))
            }
        case .action:
            if let waiting = registered[place] {
                registered[place] = nil
                fault = write(place, waiting.address, waiting.data[...], at: now)
            }
        case .reboot, .factoryReset: reboot(place)
        case .clear, .controlTableBackup: break
        default: fault = .unknownInstruction
        }
        if fault != nil { refusals += 1 }
        if !isBroadcast, tables[place].returnLevel >= 2 { answer(id, place, fault, []) }
    }

    private mutating func syncWrite(_ data: [UInt8], at now: Nanoseconds) {
        guard data.count > 4 else { return }
        let (address, size) = (Self.word(data, 0), Self.word(data, 2))
        guard size > 0, (data.count - 4) % (size + 1) == 0 else {
            refusals += 1
            return
        }
        for start in stride(from: 4, to: data.count, by: size + 1) {
            guard let place = bank.placeOfAddress[Int(data[start])] else { continue }
            if write(place, address, data[start + 1...start + size], at: now) != nil { refusals += 1 }
        }
    }

    private mutating func bulkWrite(_ data: [UInt8], at now: Nanoseconds) {
        var start = 0
        while start + 5 <= data.count {
            let (address, size) = (Self.word(data, start + 1), Self.word(data, start + 3))
            guard size > 0, start + 5 + size <= data.count else {
                refusals += 1
                return
            }
            if let place = bank.placeOfAddress[Int(data[start])],
                write(place, address, data[start + 5..<start + 5 + size], at: now) != nil
            {
                refusals += 1
            }
            start += 5 + size
        }
    }

    private mutating func readSeveral(_ items: [(id: UInt8, address: Int, size: Int)], isFast: Bool) {
        let present = items.compactMap { item in bank.placeOfAddress[Int(item.id)].map { (item, $0) } }
        guard isFast else {
            for (item, place) in present {
                let (bytes, fault) = read(place, item.address, item.size)
                answer(item.id, place, fault, bytes)
            }
            return
        }
        guard present.count == items.count, !present.isEmpty else { return }
        fastAnswer(present.map { ($0.id, $1, read($1, $0.address, $0.size).bytes) })
    }

    // MARK: - Registers

    private static func word(_ data: [UInt8], _ index: Int) -> Int { Int(data[index]) | Int(data[index + 1]) << 8 }

    private mutating func write(
        _ place: Int, _ address: Int, _ data: ArraySlice<UInt8>, at now: Nanoseconds
    ) -> DynamixelError.Fault? {
        if let fault = tables[place].write(data, at: address) { return fault }
        let table = tables[place].table
        let range = address..<address + data.count
        if range.contains(Int(table.torqueEnable.address)) {
            // A servo that shut down stays limp until it is rebooted.
            if !bank.members[place].faults.isEmpty { tables[place].set(table.torqueEnable, 0) }
            if !tables[place].isTorqueOn {
                bank.members[place].body.goal = nil
            } else if bank.members[place].body.goal == nil {
                bank.members[place].body.goal = bank.members[place].target ?? bank.members[place].body.position
            }
        }
        if range.contains(Int(table.goalPosition.address)) {
            let goal = Double(tables[place].value(table.goalPosition))
            if tables[place].isTorqueOn { bank.members[place].body.goal = goal }
            bank.set(place, goal, at: now)
        }
        return nil
    }

    private mutating func read(
        _ place: Int, _ address: Int, _ size: Int
    ) -> (bytes: [UInt8], fault: DynamixelError.Fault?) {
        guard size > 0, address + size <= tables[place].bytes.count else { return ([], .access) }
        refresh(place)
        return (Array(tables[place].bytes[address..<address + size]), nil)
    }

    /// Puts what the servo measures into its table.
    private mutating func refresh(_ place: Int) {
        let body = bank.members[place].body
        let table = tables[place].table
        let isXL320 = table == .xl320
        let load = Int32((abs(body.load) * (isXL320 ? 1023 : 1750)).rounded())
        tables[place].set(
            table.presentLoad, isXL320 ? load | (body.load < 0 ? 0x400 : 0) : body.load < 0 ? -load : load)
        tables[place].set(table.presentPosition, Int32(body.position.rounded()))
        tables[place].set(table.voltage, isXL320 ? 74 : 50)
        tables[place].set(table.temperature, Int32(body.temperature.rounded()))
        tables[place].set(isXL320 ? 49 : 122, 1, body.isMoving ? 1 : 0)
    }

    // MARK: - Answers

    private func errorByte(_ place: Int, _ fault: DynamixelError.Fault?) -> UInt8 {
        (fault?.rawValue ?? 0) | (bank.members[place].faults.isEmpty ? 0 : 0x80)
    }

    private mutating func answer(_ id: UInt8, _ place: Int, _ fault: DynamixelError.Fault?, _ data: [UInt8]) {
        outbox += DynamixelPacket(id: id, instruction: .status, parameters: [errorByte(place, fault)] + data).bytes
    }

    /// One status packet for all: error, id, data and the checksum so far of each, unstuffed.
    private mutating func fastAnswer(_ parts: [(id: UInt8, place: Int, data: [UInt8])]) {
        let length = 1 + parts.reduce(0) { $0 + 4 + $1.data.count }
        var bytes: [UInt8] = [0xFF, 0xFF, 0xFD, 0x00, 0xFE, UInt8(length & 0xFF), UInt8(length >> 8), 0x55]
        for part in parts {
            bytes += [errorByte(part.place, nil), part.id] + part.data
            let crc = DynamixelCRC.checksum(bytes)
            bytes += [UInt8(crc & 0xFF), UInt8(crc >> 8)]
        }
        outbox += bytes
    }

    // MARK: - Trouble and status

    public mutating func suffer(_ fault: ServoTrouble, servo name: String) -> Bool {
        bank.suffer(fault, servo: name, reports: true)
    }

    public mutating func loosen(_ backlash: [String: Double]) { bank.loosen(backlash) }
    public mutating func stop(_ stops: [String: ClosedRange<Double>]) { bank.stop(stops) }

    public mutating func status(at now: Nanoseconds) -> SimulatorStatus {
        advance(to: now)
        return bank.status(at: now, commands: commands, errors: framer.strayBytes + refusals)
    }
}
