/// How Maestro commands are wrapped: compact or Pololu protocol, with or without CRC-7.
public struct MaestroFraming: Equatable, Sendable {
    /// The device number of the Pololu protocol (factory setting 12), nil for the compact protocol.
    public var deviceNumber: UInt8?
    /// Whether each command ends with a CRC-7, as set in the Maestro Control Center.
    public var hasCRC: Bool

    public init(deviceNumber: UInt8? = nil, hasCRC: Bool = false) {
        self.deviceNumber = deviceNumber.map { $0 & 0x7F }
        self.hasCRC = hasCRC
    }

    /// Bytes around a command's data: its opcode and what the framing adds.
    public var overhead: Int { 1 + (deviceNumber == nil ? 0 : 2) + (hasCRC ? 1 : 0) }

    /// The bytes of one command.
    public func bytes(_ command: MaestroCommand) -> [UInt8] {
        var dataCount = 4
        if case .setMultipleTargets(_, let targets) = command { dataCount = 2 + 2 * targets.count }
        return [UInt8](unsafeUninitializedCapacity: overhead + dataCount) { buffer, count in
            var encoder = MaestroEncoder(framing: self, buffer: UnsafeMutableRawBufferPointer(buffer))
            encoder.append(command)
            count = encoder.count
        }
    }
}

/// A writer of Maestro commands into a buffer that it does not own; allocates nothing.
struct MaestroEncoder {
    private let framing: MaestroFraming
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    /// Bytes written so far.
    private(set) var count = 0

    init(framing: MaestroFraming, buffer: UnsafeMutableRawBufferPointer) {
        self.framing = framing
        self.buffer = buffer
    }

    mutating func begin(_ opcode: MaestroOpcode) {
        start = count
        if let device = framing.deviceNumber {
            put(0xAA)
            put(device)
            put(opcode.rawValue & 0x7F)
        } else {
            put(opcode.rawValue)
        }
    }

    /// Appends a data byte of seven bits.
    mutating func data(_ byte: UInt8) { put(byte & 0x7F) }

    /// Appends a number of 14 bits, low seven first.
    mutating func word(_ value: UInt16) {
        put(UInt8(value & 0x7F))
        put(UInt8(value >> 7 & 0x7F))
    }

    mutating func end() {
        guard framing.hasCRC else { return }
        put(CRC7.checksum(UnsafeRawBufferPointer(rebasing: buffer[start..<count])))
    }

    private mutating func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    mutating func append(_ command: MaestroCommand) {
        switch command {
        case .setTarget(let channel, let target): channelWord(.setTarget, channel, target)
        case .setSpeed(let channel, let speed): channelWord(.setSpeed, channel, speed)
        case .setAcceleration(let channel, let acceleration): channelWord(.setAcceleration, channel, acceleration)
        case .setMultipleTargets(let first, let targets):
            begin(.setMultipleTargets)
            data(UInt8(clamping: targets.count))
            data(first)
            for target in targets { word(target) }
            end()
        case .getPosition(let channel):
            begin(.getPosition)
            data(channel)
            end()
        case .getMovingState: bare(.getMovingState)
        case .getErrors: bare(.getErrors)
        case .goHome: bare(.goHome)
        }
    }

    private mutating func channelWord(_ opcode: MaestroOpcode, _ channel: UInt8, _ value: UInt16) {
        begin(opcode)
        data(channel)
        word(value)
        end()
    }

    private mutating func bare(_ opcode: MaestroOpcode) {
        begin(opcode)
        end()
    }
}
