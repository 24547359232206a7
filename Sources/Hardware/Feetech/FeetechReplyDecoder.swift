import Actuation

/// A decoder of the answers to a sync read of telemetry.
public struct FeetechReplyDecoder: ReplyDecoder {
    private let actuators: [Actuator]
    private let placeOfID: [UInt8: Int]
    private var framer = PacketFramer(FeetechFormat())
    public private(set) var expectedReplies = 0

    init(actuators: [Actuator], own: [Int]) {
        self.actuators = actuators
        placeOfID = Dictionary(own.map { (UInt8(actuators[$0].channel), $0) }) { first, _ in first }
    }

    public mutating func expectGreeting() {}

    public mutating func expectHealth() { expectedReplies += placeOfID.count }

    public mutating func reset() {
        expectedReplies = 0
        framer.reset()
    }

    public mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void) {
        var packets: [FeetechPacket] = []
        framer.receive(byte) { packets.append(FeetechPacket($0)) }
        for packet in packets {
            guard let place = placeOfID[packet.id] else { continue }
            expectedReplies = max(0, expectedReplies - 1)
            if packet.parameters.count == 2 {
                let table = FeetechTable.of(actuators[place].model)
                report(.model(actuator: place, number: table.word(packet.parameters[0], packet.parameters[1])))
                continue
            }
            report(.faults(actuator: place, ServoFaults(feetech: packet.code)))
            guard packet.parameters.count == Int(FeetechTable.telemetrySize) else { continue }
            report(.telemetry(actuator: place, telemetry(packet.parameters, actuators[place])))
        }
    }

    private func telemetry(_ data: [UInt8], _ actuator: Actuator) -> ServoTelemetry {
        let table = FeetechTable.of(actuator.model)
        let position = FeetechTable.signed(table.word(data[0], data[1]), signBit: 15)
        let load = FeetechTable.signed(table.word(data[4], data[5]), signBit: 10)
        return ServoTelemetry(
            position: actuator.radians(ofSteps: position), load: Double(load) / 1000, voltage: Double(data[6]) / 10,
            temperature: Double(data[7]))
    }
}
