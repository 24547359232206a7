import Actuation

/// Feetech servos on one line: every tick a sync write of goals and one of torque, which no servo answers.
public struct FeetechBus: ActuatorBus {
    private let families: [(table: FeetechTable, actuators: [Int])]
    private let all: [Actuator]
    public let actuators: [Int]
    public let frameCapacity: Int
    public let greeting: [UInt8]
    public let healthRequest: [UInt8]

    public init(actuators all: [Actuator], bus: Int = 0) {
        self.all = all
        let own = all.indices.filter { all[$0].bus == bus }.sorted { all[$0].channel < all[$1].channel }
        actuators = own
        let families = [FeetechTable.sts, .scs].compactMap { table in
            let members = own.filter { FeetechTable.of(all[$0].model) == table }
            return members.isEmpty ? nil : (table: table, actuators: members)
        }
        self.families = families
        frameCapacity = families.reduce(0) { $0 + 16 + 5 * $1.actuators.count }
        greeting = families.flatMap { family in
            FeetechPacket(
                id: FeetechPacket.broadcast, instruction: .syncWrite,
                parameters: [family.table.torqueEnable, 1]
                    + family.actuators.flatMap { [UInt8(all[$0].channel), 0] }
            ).bytes
        }
        healthRequest = families.flatMap { family in
            FeetechPacket(
                id: FeetechPacket.broadcast, instruction: .syncRead,
                parameters: [family.table.telemetry, FeetechTable.telemetrySize]
                    + family.actuators.map { UInt8(all[$0].channel) }
            ).bytes
        }
    }

    public var positionCount: Int { all.count }

    /// Torque off, twice: the first may be swallowed by half a packet.
    public var relaxation: [UInt8] { greeting + greeting }

    /// Servos and master share one wire.
    public var isHalfDuplex: Bool { true }

    /// STS servos have a torque limit in thousandths at 48; SCS keep their lock there, and have none to set on the way.
    public func torqueLimit(_ share: Double) -> [UInt8] {
        let limit = UInt16((min(max(share, 0), 1) * 1000).rounded())
        return families.filter { $0.table == .sts }.flatMap { family in
            let (first, second) = family.table.bytes(of: limit)
            return FeetechPacket(
                id: FeetechPacket.broadcast, instruction: .syncWrite,
                parameters: [48, 2] + family.actuators.flatMap { [UInt8(all[$0].channel), first, second] }
            ).bytes
        }
    }

    public func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var encoder = FeetechEncoder(buffer: buffer)
        for family in families {
            encoder.beginSyncWrite(address: family.table.goalPosition, size: 2)
            for index in family.actuators where positions[index].isFinite {
                let steps = UInt16(clamping: all[index].steps(ofRadians: positions[index]))
                let (first, second) = family.table.bytes(of: steps)
                encoder.put(UInt8(all[index].channel))
                encoder.put(first)
                encoder.put(second)
            }
            encoder.end()
            encoder.beginSyncWrite(address: family.table.torqueEnable, size: 1)
            for index in family.actuators {
                encoder.put(UInt8(all[index].channel))
                encoder.put(enabled[index] ? 1 : 0)
            }
            encoder.end()
        }
        return encoder.count
    }

    /// The model register of each, and one read of where all stand.
    public var questions: [BusQuestion] {
        let models = actuators.map { index in
            BusQuestion(
                bytes: FeetechPacket(
                    id: UInt8(all[index].channel), instruction: .read, parameters: [FeetechTable.model, 2]
                ).bytes, replies: 1, patience: 20_000_000)
        }
        let reads = families.map { family in
            BusQuestion(
                bytes: FeetechPacket(
                    id: FeetechPacket.broadcast, instruction: .syncRead,
                    parameters: [family.table.telemetry, FeetechTable.telemetrySize]
                        + family.actuators.map { UInt8(all[$0].channel) }
                ).bytes, replies: 2 * family.actuators.count)
        }
        return models + reads
    }

    public func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch? {
        judgeServos(inventory, all, name: name, path: path)
    }

    public func makeDecoder() -> FeetechReplyDecoder { FeetechReplyDecoder(actuators: all, own: actuators) }
}

/// A writer of Feetech packets into a buffer that it does not own; allocates nothing.
struct FeetechEncoder {
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private(set) var count = 0

    init(buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    mutating func beginSyncWrite(address: UInt8, size: UInt8) {
        start = count
        put(0xFF)
        put(0xFF)
        put(FeetechPacket.broadcast)
        put(0)
        put(FeetechPacket.Instruction.syncWrite.rawValue)
        put(address)
        put(size)
    }

    mutating func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    mutating func end() {
        buffer[start + 3] = UInt8(clamping: count - start - 3)
        var sum: UInt8 = 0
        for index in start + 2..<count { sum &+= buffer[index] }
        put(~sum)
    }
}
