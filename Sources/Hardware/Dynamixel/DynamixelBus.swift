import Actuation
import FaceKit

/// Dynamixel servos on one line: every tick a sync write of goals and one of torque, which no servo answers.
///
/// Torque is said anew each tick, so that a servo that lost its power for a moment does not stay limp. In the frame the
/// goal comes before the torque: a servo that is switched on knows where it is to be. The servos' own profiles are
/// switched off, for two shapers in a row distort a motion, and their bus watchdog is armed, so that they stop where
/// they are when Mien dies.
public struct DynamixelBus: ActuatorBus {
    /// Places (in the robot file) of this bus's actuators by family, each in order of ids.
    private let families: [(table: DynamixelTable, actuators: [Int])]
    private let all: [Actuator]
    private let watchdog: UInt8
    public let actuators: [Int]
    public let frameCapacity: Int
    public let greeting: [UInt8]
    public let healthRequest: [UInt8]

    public init(actuators all: [Actuator], bus: Int = 0, watchdog: UInt8 = 10) {
        self.all = all
        self.watchdog = watchdog
        let own = all.indices.filter { all[$0].bus == bus }.sorted { all[$0].channel < all[$1].channel }
        actuators = own
        let families = [DynamixelTable.xSeries, .xl320].compactMap { table in
            let members = own.filter { DynamixelTable.of(all[$0].model) == table }
            return members.isEmpty ? nil : (table: table, actuators: members)
        }
        self.families = families
        // Each of the two sync writes may be stuffed at every third byte.
        frameCapacity = families.reduce(0) { sum, family in
            let goals = 4 + family.actuators.count * (1 + family.table.goalPosition.size)
            let torques = 4 + family.actuators.count * 2
            return sum + 2 * (DynamixelEncoder.overhead + 2) + (goals + torques) * 4 / 3
        }
        greeting = Self.greeting(families, all, watchdog)
        healthRequest = families.flatMap { family in
            Self.syncRead(family.table.telemetry, family.actuators.map { UInt8(all[$0].channel) })
                + Self.syncRead(family.table.hardwareError, family.actuators.map { UInt8(all[$0].channel) })
        }
    }

    public var positionCount: Int { all.count }

    /// Torque off, twice: the first may be swallowed by half a packet.
    public var relaxation: [UInt8] {
        let once = families.flatMap { family in
            Self.syncWrite(family.table.torqueEnable, family.actuators.map { (UInt8(all[$0].channel), 0) })
        }
        return once + once
    }

    /// Servos and master share one wire.
    public var isHalfDuplex: Bool { true }

    /// Their bus watchdog's time, 20 ms a count: once it has passed they refuse goals until it is cleared.
    public var longestSilence: Nanoseconds? {
        watchdog > 0 && families.contains { $0.table.watchdog != nil } ? Nanoseconds(watchdog) * 20_000_000 : nil
    }

    public func torqueLimit(_ share: Double) -> [UInt8] {
        families.flatMap { family in
            let limit = Int32((min(max(share, 0), 1) * Double(family.table.mostTorque)).rounded())
            return Self.syncWrite(
                family.table.torqueLimit, family.actuators.map { (UInt8(all[$0].channel), limit) })
        }
    }

    public func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var encoder = DynamixelEncoder(buffer: buffer)
        for family in families {
            encoder.beginSyncWrite(family.table.goalPosition)
            for index in family.actuators where positions[index].isFinite {
                encoder.parameter(UInt8(all[index].channel))
                let ticks = all[index].steps(ofRadians: positions[index])
                encoder.parameter(Int32(truncatingIfNeeded: ticks), size: family.table.goalPosition.size)
            }
            encoder.end()
            encoder.beginSyncWrite(family.table.torqueEnable)
            for index in family.actuators {
                encoder.parameter(UInt8(all[index].channel))
                encoder.parameter(enabled[index] ? 1 : 0)
            }
            encoder.end()
        }
        return encoder.count
    }

    public func makeDecoder() -> DynamixelReplyDecoder {
        DynamixelReplyDecoder(actuators: all, own: actuators)
    }

    /// A ping each, which tells id and model, and one read of where all stand.
    public var questions: [BusQuestion] {
        let pings = actuators.map { index in
            BusQuestion(
                bytes: DynamixelPacket(id: UInt8(all[index].channel), instruction: .ping).bytes, replies: 1,
                patience: 20_000_000)
        }
        let reads = families.map { family in
            BusQuestion(
                bytes: Self.syncRead(family.table.telemetry, family.actuators.map { UInt8(all[$0].channel) }),
                replies: family.actuators.count)
        }
        return pings + reads
    }

    public func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch? {
        judgeServos(inventory, all, name: name, path: path)
    }

    // MARK: - Packets made once

    private static func greeting(
        _ families: [(table: DynamixelTable, actuators: [Int])], _ all: [Actuator], _ watchdog: UInt8
    ) -> [UInt8] {
        families.flatMap { family in
            func toAll(_ field: DynamixelTable.Field, _ value: Int32) -> [UInt8] {
                syncWrite(field, family.actuators.map { (UInt8(all[$0].channel), value) })
            }
            // 0 clears a watchdog that has tripped, which would refuse all else.
            let clear = family.table.watchdog.map { toAll($0, 0) } ?? []
            let relax = toAll(family.table.torqueEnable, 0)
            let steps = family.table.profile.flatMap { toAll($0, family.table.profileValue) }
            let arm = watchdog == 0 ? [] : family.table.watchdog.map { toAll($0, Int32(watchdog)) } ?? []
            return clear + relax + steps + arm
        }
    }

    static func syncWrite(_ field: DynamixelTable.Field, _ values: [(id: UInt8, value: Int32)]) -> [UInt8] {
        let parameters = [field.address, UInt16(field.size)].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let body = values.flatMap { item in
            [item.id] + (0..<field.size).map { UInt8(truncatingIfNeeded: item.value >> Int32(8 * $0)) }
        }
        return DynamixelPacket(
            id: DynamixelPacket.broadcast, instruction: .syncWrite, parameters: parameters + body
        ).bytes
    }

    static func syncRead(_ field: DynamixelTable.Field, _ ids: [UInt8]) -> [UInt8] {
        let parameters = [field.address, UInt16(field.size)].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return DynamixelPacket(
            id: DynamixelPacket.broadcast, instruction: .syncRead, parameters: parameters + ids
        ).bytes
    }
}

extension DynamixelEncoder {
    fileprivate mutating func beginSyncWrite(_ field: DynamixelTable.Field) {
        begin(.syncWrite, id: DynamixelPacket.broadcast)
        parameter(Int32(field.address), size: 2)
        parameter(Int32(field.size), size: 2)
    }
}
