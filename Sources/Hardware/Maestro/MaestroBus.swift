import Actuation

/// The language of a Pololu Maestro: targets as pulses, contiguous channels in one command.
///
/// Source: Pololu Maestro Servo Controller User's Guide, sections 4.e, 5.c to 5.e.
public struct MaestroBus: ActuatorBus {
    public let framing: MaestroFraming
    /// Whether "set multiple targets" is used; the Micro Maestro with 6 channels does not know it.
    public let setsMultipleTargets: Bool
    public let actuators: [Int]
    public let frameCapacity: Int
    public let greeting: [UInt8]
    public let healthRequest: [UInt8]
    private let all: [Actuator]

    /// The language of a board with the settings of a robot file.
    public init(actuators all: [Actuator], bus: Int, settings: RobotDescription.Bus.Maestro) {
        self.init(
            actuators: all, bus: bus, framing: MaestroFraming(deviceNumber: settings.device, hasCRC: settings.crc),
            setsMultipleTargets: settings.channels > 6)
    }

    /// - Parameters:
    ///   - all: every actuator of the robot; no channel twice on this bus.
    ///   - bus: the index of this bus.
    public init(
        actuators all: [Actuator], bus: Int = 0, framing: MaestroFraming = .init(), setsMultipleTargets: Bool = true
    ) {
        self.all = all
        self.framing = framing
        self.setsMultipleTargets = setsMultipleTargets
        let own = all.indices.filter { all[$0].bus == bus }.sorted { all[$0].channel < all[$1].channel }
        actuators = own
        // The worst frame has every channel in a command of its own: channel and two data bytes.
        frameCapacity = own.count * (framing.overhead + 3) + 1
        // The limits are Mien's to keep: a board that shapes the motion as well would distort it.
        greeting =
            framing.bytes(.getErrors)
            + own.flatMap {
                framing.bytes(.setSpeed(channel: UInt8(all[$0].channel), 0))
                    + framing.bytes(.setAcceleration(channel: UInt8(all[$0].channel), 0))
            }
        healthRequest = framing.bytes(.getErrors)
    }

    public var positionCount: Int { all.count }

    /// No pulses on any channel. A command byte breaks off half a command.
    public var relaxation: [UInt8] {
        actuators.flatMap { framing.bytes(.setTarget(channel: UInt8(all[$0].channel), quarterMicroseconds: 0)) }
    }

    public func encode(
        _ positions: Span<Double>, enabled: Span<Bool>, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        var encoder = MaestroEncoder(framing: framing, buffer: buffer)
        var next = 0
        while next < actuators.count {
            let first = next
            while next < actuators.count, isInRun(from: first, next, positions, enabled) { next += 1 }
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
        let index = actuators[place]
        guard !enabled[index] || positions[index].isFinite else { return false }
        return all[index].channel - all[actuators[first]].channel == place - first
            && (place == first || setsMultipleTargets)
    }

    private func encodeRun(
        _ run: Range<Int>, _ positions: Span<Double>, _ enabled: Span<Bool>, _ encoder: inout MaestroEncoder
    ) {
        let first = UInt8(all[actuators[run.lowerBound]].channel)
        if run.count == 1 {
            encoder.begin(.setTarget)
        } else {
            encoder.begin(.setMultipleTargets)
            encoder.data(UInt8(run.count))
        }
        encoder.data(first)
        for place in run {
            let index = actuators[place]
            encoder.word(enabled[index] ? UInt16(clamping: all[index].steps(ofRadians: positions[index])) : 0)
        }
        encoder.end()
    }

    public func makeDecoder() -> MaestroReplyDecoder { MaestroReplyDecoder(actuators: all) }
}
