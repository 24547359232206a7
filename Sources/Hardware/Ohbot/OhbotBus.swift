import Actuation

/// An Ohbot or Picoh: lines of text at 19,200 baud, whole degrees, one line a motor.
///
/// At that speed a line of 14 bytes takes 7 ms, and a frame that moves all eight motors 58 ms. So a frame says only what
/// has changed since the one before: motors that stand still cost nothing.
public struct OhbotBus: ActuatorBus {
    private let all: [Actuator]
    public let actuators: [Int]
    public let frameCapacity: Int
    public let greeting: [UInt8] = []
    public let healthRequest: [UInt8] = []

    /// What was said last of each motor of this bus: its degrees, −1 when detached, nil for nothing yet.
    private var said: [Int?]

    public init(actuators all: [Actuator], bus: Int = 0) {
        self.all = all
        let own = all.indices.filter { all[$0].bus == bus }.sorted { all[$0].channel < all[$1].channel }
        actuators = own
        said = Array(repeating: nil, count: own.count)
        // "a07\n" and "m07,180,250.0\n".
        frameCapacity = own.count * 18
    }

    public var positionCount: Int { all.count }

    /// Every motor detached, after an end to half a line.
    public var relaxation: [UInt8] {
        Array(("\n" + actuators.map { "d0\(all[$0].channel)\n" }.joined()).utf8)
    }

    public mutating func forget() {
        for place in said.indices { said[place] = nil }
    }

    private static let detached = -1

    public mutating func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = 0
        func put(_ text: StaticString) {
            text.withUTF8Buffer { bytes in
                for byte in bytes {
                    buffer[count] = byte
                    count += 1
                }
            }
        }
        func put(number: Int, digits: Int) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                buffer[count] = UInt8(0x30 + number / divisor % 10)
                count += 1
                divisor /= 10
            }
        }
        func put(_ letter: StaticString, motor: Int) {
            put(letter)
            put(number: motor, digits: 2)
        }
        for (place, index) in actuators.enumerated() {
            let motor = all[index].channel
            guard enabled[index] else {
                guard said[place] != Self.detached else { continue }
                said[place] = Self.detached
                put("d", motor: motor)
                put("\n")
                continue
            }
            guard positions[index].isFinite else { continue }
            let degrees = all[index].steps(ofRadians: positions[index])
            guard said[place] != degrees else { continue }
            if said[place] == nil || said[place] == Self.detached {
                put("a", motor: motor)
                put("\n")
            }
            said[place] = degrees
            put("m", motor: motor)
            put(",")
            put(number: degrees, digits: degrees > 99 ? 3 : degrees > 9 ? 2 : 1)
            // The library's fastest speed: Mien's limiter shapes the motion.
            put(",250.0\n")
        }
        return count
    }

    /// Its version. Opening the port restarts an Arduino, which then takes some two seconds to answer.
    public var questions: [BusQuestion] {
        [BusQuestion(bytes: Array("v\n".utf8), replies: 1, patience: 500_000_000, attempts: 8)]
    }

    public func judge(_ inventory: BusInventory, name: String, path: String) -> BusMismatch? {
        inventory.version == nil ? .silent(bus: name, path: path, expected: "an Ohbot") : nil
    }

    public func makeDecoder() -> OhbotReplyDecoder { OhbotReplyDecoder() }
}

/// A decoder of an Ohbot's only answer that matters: its version, `v1` or `v2`.
public struct OhbotReplyDecoder: ReplyDecoder {
    private var line: [UInt8] = []
    public private(set) var expectedReplies = 0

    public init() {}

    /// No answer is that long.
    private static let longest = 64

    public mutating func expectGreeting() {}

    public mutating func expectHealth() {}

    public mutating func reset() {
        line.removeAll(keepingCapacity: true)
        expectedReplies = 0
    }

    public mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void) {
        guard byte == 0x0A || byte == 0x0D else {
            if line.count == Self.longest { line.removeAll(keepingCapacity: true) }
            line.append(byte)
            return
        }
        defer { line.removeAll(keepingCapacity: true) }
        let text = String(decoding: line, as: UTF8.self)
        guard text.contains("v1") || text.contains("v2") else { return }
        expectedReplies = 0
        report(.identified(version: text))
    }
}
