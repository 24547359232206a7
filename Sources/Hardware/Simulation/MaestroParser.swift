/// A reader of the Maestro's serial language, one byte at a time, as the board itself does it.
///
/// Any byte with its top bit set begins a command, so that after garbage the next command is understood whole. Nothing
/// it is fed makes it fail: what it cannot use sets an error bit, as on the board.
public struct MaestroParser: Sendable {
    private enum State: Equatable {
        case idle
        case device
        case opcode
        case data(MaestroOpcode)
        /// Data of a command to another device or of one that was refused: dropped up to the next command.
        case skipping
    }

    private let framing: MaestroFraming
    private let channelCount: Int
    private var state = State.idle
    private var raw: [UInt8] = []
    private var data: [UInt8] = []

    /// Errors since they were last taken.
    public private(set) var errors: MaestroErrors = []
    /// Commands understood so far.
    public private(set) var commandCount = 0
    /// Commands broken off, unknown, out of range or with a wrong CRC, and runs of stray bytes.
    public private(set) var errorCount = 0

    /// - Parameter framing: the device number is the one it answers to in the Pololu protocol, 12 when nil (the board
    ///   understands both protocols at any time); `hasCRC` makes it expect a CRC-7 after every command.
    public init(framing: MaestroFraming, channelCount: Int) {
        self.framing = framing
        self.channelCount = channelCount
    }

    /// The error bits, which are cleared.
    public mutating func takeErrors() -> MaestroErrors {
        defer { errors = [] }
        return errors
    }

    /// Forgets half a command and the errors, as at power-up; counts stay.
    public mutating func reset() {
        state = .idle
        errors = []
    }

    /// Takes one byte; returns the command that it completed.
    public mutating func receive(_ byte: UInt8) -> MaestroCommand? {
        if byte & 0x80 != 0 {
            if state != .idle, state != .skipping { fail(.protocolError) }
            return begin(byte)
        }
        raw.append(byte)
        switch state {
        case .idle:
            fail(.protocolError)
            state = .skipping
        case .skipping:
            raw.removeAll(keepingCapacity: true)
        case .device:
            state = byte == framing.deviceNumber ?? 12 ? .opcode : .skipping
        case .opcode:
            return open(byte | 0x80)
        case .data(let opcode):
            data.append(byte)
            return complete(opcode)
        }
        return nil
    }

    private mutating func begin(_ byte: UInt8) -> MaestroCommand? {
        raw = [byte]
        if byte == 0xAA {
            state = .device
            return nil
        }
        return open(byte)
    }

    private mutating func open(_ byte: UInt8) -> MaestroCommand? {
        data.removeAll(keepingCapacity: true)
        guard let opcode = MaestroOpcode(rawValue: byte) else {
            fail(.protocolError)
            state = .skipping
            return nil
        }
        state = .data(opcode)
        return complete(opcode)
    }

    /// The number of data bytes, nil while it is not known yet.
    private func length(of opcode: MaestroOpcode) -> Int? {
        switch opcode {
        case .setTarget, .setSpeed, .setAcceleration, .restartScriptWithParameter: 3
        case .getPosition, .restartScript: 1
        case .getMovingState, .getErrors, .goHome, .stopScript: 0
        case .setMultipleTargets: data.first.map { 2 + 2 * Int($0) }
        }
    }

    private mutating func complete(_ opcode: MaestroOpcode) -> MaestroCommand? {
        guard let length = length(of: opcode), data.count >= length + (framing.hasCRC ? 1 : 0) else { return nil }
        state = .idle
        if framing.hasCRC, CRC7.checksum(Array(raw.dropLast())) != data.removeLast() {
            fail(.crc)
            return nil
        }
        guard areChannelsKnown(opcode) else {
            fail(.protocolError)
            return nil
        }
        commandCount += 1
        return command(opcode)
    }

    private func areChannelsKnown(_ opcode: MaestroOpcode) -> Bool {
        switch opcode {
        case .setTarget, .setSpeed, .setAcceleration, .getPosition: Int(data[0]) < channelCount
        case .setMultipleTargets: data[0] > 0 && Int(data[0]) + Int(data[1]) <= channelCount
        default: true
        }
    }

    private func command(_ opcode: MaestroOpcode) -> MaestroCommand? {
        func word(_ index: Int) -> UInt16 { UInt16(data[index]) | UInt16(data[index + 1]) << 7 }
        return switch opcode {
        case .setTarget: .setTarget(channel: data[0], quarterMicroseconds: word(1))
        case .setSpeed: .setSpeed(channel: data[0], word(1))
        case .setAcceleration: .setAcceleration(channel: data[0], word(1))
        case .setMultipleTargets:
            .setMultipleTargets(first: data[1], quarterMicroseconds: (0..<Int(data[0])).map { word(2 + 2 * $0) })
        case .getPosition: .getPosition(channel: data[0])
        case .getMovingState: .getMovingState
        case .getErrors: .getErrors
        case .goHome: .goHome
        // There is no script to stop or start.
        case .stopScript, .restartScript, .restartScriptWithParameter: nil
        }
    }

    private mutating func fail(_ error: MaestroErrors) {
        errors.insert(error)
        errorCount += 1
    }
}
