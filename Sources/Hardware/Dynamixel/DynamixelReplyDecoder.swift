import Actuation

/// A decoder of status packets that answer sync reads of telemetry and of hardware errors.
public struct DynamixelReplyDecoder: ReplyDecoder {
    private let actuators: [Actuator]
    private let placeOfID: [UInt8: Int]
    private var framer: PacketFramer<DynamixelFormat>
    public private(set) var expectedReplies = 0

    init(actuators: [Actuator], own: [Int]) {
        self.actuators = actuators
        placeOfID = Dictionary(own.map { (UInt8(actuators[$0].channel), $0) }) { first, _ in first }
        // The longest answer expected is one servo's telemetry; room for a fast sync read of all is left beside it.
        framer = PacketFramer(DynamixelFormat(longest: 64 + 64 * max(1, own.count)))
    }

    public mutating func expectGreeting() {}

    /// One answer a servo to each of the two reads.
    public mutating func expectHealth() { expectedReplies += 2 * placeOfID.count }

    public mutating func reset() {
        expectedReplies = 0
        framer.reset()
    }

    public mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void) {
        var packets: [DynamixelPacket] = []
        framer.receive(byte) { bytes in
            if let packet = DynamixelPacket(bytes) { packets.append(packet) }
        }
        for packet in packets { read(packet, report) }
    }

    private mutating func read(_ packet: DynamixelPacket, _ report: (BusReply) -> Void) {
        guard packet.instruction == .status, let place = placeOfID[packet.id], let first = packet.parameters.first
        else { return }
        expectedReplies = max(0, expectedReplies - 1)
        if let fault = DynamixelError(rawValue: first).fault { report(.refused(actuator: place, code: fault.rawValue)) }
        let table = DynamixelTable.of(actuators[place].model)
        let data = packet.parameters.dropFirst()
        // A ping's answer: the model's number and the firmware's.
        if data.count == 3, packet.parameters.count == 4 {
            report(.model(actuator: place, number: UInt16(packet.parameters[1]) | UInt16(packet.parameters[2]) << 8))
        } else if data.count == table.hardwareError.size {
            report(.faults(actuator: place, ServoFaults(dynamixel: data.first ?? 0, model: actuators[place].model)))
        } else if data.count == table.telemetry.size {
            report(.telemetry(actuator: place, telemetry(Array(data), table, actuators[place])))
        }
    }

    private func telemetry(_ data: [UInt8], _ table: DynamixelTable, _ actuator: Actuator) -> ServoTelemetry {
        func value(_ field: DynamixelTable.Field) -> Int32 {
            let start = Int(field.address - table.telemetry.address)
            var bits: UInt32 = 0
            for index in 0..<field.size { bits |= UInt32(data[start + index]) << UInt32(8 * index) }
            switch field.size {
            case 2: return Int32(Int16(truncatingIfNeeded: bits))
            case 4: return Int32(bitPattern: bits)
            default: return Int32(bits)
            }
        }
        let position = actuator.radians(ofSteps: Int(value(table.presentPosition)))
        let isXL320 = table == .xl320
        // XL320: ten bits of magnitude in 0.1 %, bit 10 set when clockwise. XL430: signed 0.1 %. Other X: signed mA.
        let load = value(table.presentLoad)
        let stall = actuator.model.flatMap(\.stallCurrent)
        return ServoTelemetry(
            position: position,
            load: isXL320
                ? Double(load & 0x3FF) / 1000 * (load & 0x400 == 0 ? 1 : -1)
                : stall.map { max(-1, min(1, Double(load) / 1000 / $0)) } ?? Double(load) / 1000,
            current: isXL320 || stall == nil ? nil : Double(load) / 1000,
            voltage: Double(value(table.voltage)) / 10, temperature: Double(value(table.temperature)))
    }
}
