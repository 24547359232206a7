/// The language of a Pololu Maestro: targets as pulses, contiguous channels in one command.
///
/// Source: Pololu Maestro Servo Controller User's Guide, sections 4.e, 5.c to 5.e.
public struct MaestroBus: ActuatorBus {
    public let channels: [MaestroChannel]
    public let framing: MaestroFraming
    /// Whether "set multiple targets" is used; the Micro Maestro with 6 channels does not know it.
    public let setsMultipleTargets: Bool
    public let frameCapacity: Int
    public let greeting: [UInt8]
    public let healthRequest: [UInt8]
    /// Actuator indices in the order of their channels.
    private let order: [Int]

    /// - Parameter channels: one for each actuator, in the robot file's order; no channel number twice.
    public init(channels: [MaestroChannel], framing: MaestroFraming = .init(), setsMultipleTargets: Bool = true) {
        self.channels = channels
        self.framing = framing
        self.setsMultipleTargets = setsMultipleTargets
        order = channels.indices.sorted { channels[$0].channel < channels[$1].channel }
        // The worst frame has every channel in a command of its own: count, first, two data bytes.
        frameCapacity = channels.count * (framing.overhead + 4)
        greeting =
            framing.bytes(.getErrors)
            + channels.flatMap {
                framing.bytes(.setSpeed(channel: $0.channel, $0.boardSpeed))
                    + framing.bytes(.setAcceleration(channel: $0.channel, $0.boardAcceleration))
            }
        healthRequest = framing.bytes(.getErrors)
    }

    public var actuatorCount: Int { channels.count }

    public func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var encoder = MaestroEncoder(framing: framing, buffer: buffer)
        var next = 0
        while next < order.count {
            let first = next
            while next < order.count, isInRun(from: first, next, positions, enabled) { next += 1 }
            if next == first {
                next += 1
            } else {
                encodeRun(first..<next, positions, enabled, &encoder)
            }
        }
        return encoder.count
    }

    /// Whether the actuator at place `place` continues a run of channels that begins at place `first`.
    private func isInRun(from first: Int, _ place: Int, _ positions: Span<Double>, _ enabled: Span<Bool>) -> Bool {
        let index = order[place]
        guard !enabled[index] || positions[index].isFinite else { return false }
        return Int(channels[index].channel) - Int(channels[order[first]].channel) == place - first
            && (place == first || setsMultipleTargets)
    }

    private func encodeRun(
        _ run: Range<Int>, _ positions: Span<Double>, _ enabled: Span<Bool>, _ encoder: inout MaestroEncoder
    ) {
        let first = channels[order[run.lowerBound]].channel
        if run.count == 1 {
            encoder.begin(.setTarget)
        } else {
            encoder.begin(.setMultipleTargets)
            encoder.data(UInt8(run.count))
        }
        encoder.data(first)
        for place in run {
            let index = order[place]
            encoder.word(enabled[index] ? channels[index].quarterMicroseconds(radians: positions[index]) ?? 0 : 0)
        }
        encoder.end()
    }

    public func makeDecoder() -> MaestroReplyDecoder { MaestroReplyDecoder(channels: channels) }
}
