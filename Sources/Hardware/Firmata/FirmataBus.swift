import Actuation

/// Hobby servos on an Arduino that runs StandardFirmata (protocol 2.8): pins set to servo mode once, then one message a
/// pin and tick.
///
/// Firmata cannot switch a servo's pulses off, save by giving its pin another mode; an actuator that is not enabled has
/// its pin made an input.
public struct FirmataBus: ActuatorBus {
    private enum Message {
        static let pinMode: UInt8 = 0xF4
        static let analog: UInt8 = 0xE0
        static let startSysex: UInt8 = 0xF0
        static let endSysex: UInt8 = 0xF7
        static let servoConfiguration: UInt8 = 0x70
        static let extendedAnalog: UInt8 = 0x6F
        static let reportVersion: UInt8 = 0xF9
        static let servo: UInt8 = 0x04
        static let input: UInt8 = 0x00
    }

    private let all: [Actuator]
    public let actuators: [Int]
    public let frameCapacity: Int
    public let greeting: [UInt8]
    public let healthRequest: [UInt8] = []

    public init(actuators all: [Actuator], bus: Int = 0) {
        self.all = all
        let own = all.indices.filter { all[$0].bus == bus }.sorted { all[$0].channel < all[$1].channel }
        actuators = own
        // A pin's mode and an extended analogue message.
        frameCapacity = own.count * (3 + 6)
        // What the Arduino is told is the range that Mien keeps, so that a broken byte cannot leave it either.
        greeting =
            own.flatMap { index -> [UInt8] in
                let lowest = UInt16(all[index].lowestRaw)
                let highest = UInt16(all[index].highestRaw)
                return [Message.startSysex, Message.servoConfiguration, UInt8(all[index].channel)]
                    + Self.sevenBits(lowest) + Self.sevenBits(highest) + [Message.endSysex]
            }
    }

    public var positionCount: Int { all.count }

    /// Every pin an input. A byte with its top bit set breaks off half a message.
    public var relaxation: [UInt8] {
        actuators.flatMap { [Message.pinMode, UInt8(all[$0].channel), Message.input] }
    }

    private static func sevenBits(_ value: UInt16) -> [UInt8] { [UInt8(value & 0x7F), UInt8(value >> 7 & 0x7F)] }

    public func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = 0
        func put(_ byte: UInt8) {
            buffer[count] = byte
            count += 1
        }
        for index in actuators {
            let pin = UInt8(all[index].channel)
            put(Message.pinMode)
            put(pin)
            put(enabled[index] ? Message.servo : Message.input)
            guard enabled[index], positions[index].isFinite else { continue }
            let pulse = UInt16(clamping: all[index].steps(ofRadians: positions[index]))
            if pin < 16 {
                put(Message.analog | pin)
            } else {
                put(Message.startSysex)
                put(Message.extendedAnalog)
                put(pin)
            }
            put(UInt8(pulse & 0x7F))
            put(UInt8(pulse >> 7 & 0x7F))
            if pin >= 16 { put(Message.endSysex) }
        }
        return count
    }

    /// Its version. Opening the port restarts an Arduino, which then takes some two seconds to answer.
    public var questions: [BusQuestion] {
        [BusQuestion(bytes: [Message.reportVersion], replies: 1, patience: 500_000_000, attempts: 8)]
    }

    public func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch? {
        inventory.version == nil ? .silent(bus: name, path: path, expected: "an Arduino with StandardFirmata") : nil
    }

    public func makeDecoder() -> FirmataReplyDecoder { FirmataReplyDecoder() }
}

/// A decoder of Firmata's version report; all else is passed over.
public struct FirmataReplyDecoder: ReplyDecoder {
    private var recent: [UInt8] = []
    private var isInSysex = false
    public private(set) var expectedReplies = 0

    public init() {}

    public mutating func expectGreeting() {}

    public mutating func expectHealth() {}

    public mutating func reset() {
        recent = []
        isInSysex = false
        expectedReplies = 0
    }

    public mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void) {
        if byte >= 0x80 {
            isInSysex = byte == 0xF0
            recent = byte == 0xF9 ? [byte] : []
            return
        }
        guard !isInSysex, !recent.isEmpty else { return }
        recent.append(byte)
        guard recent.count == 3 else { return }
        expectedReplies = 0
        report(.identified(version: "Firmata \(recent[1]).\(recent[2])"))
        recent = []
    }
}
