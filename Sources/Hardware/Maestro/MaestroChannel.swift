/// One servo on a Maestro: its channel, its range and how its pulse relates to its angle.
public struct MaestroChannel: Equatable, Sendable {
    /// The channel number on the board, 0 to 127.
    public var channel: UInt8
    /// The least pulse, µs.
    public var minimumMicroseconds: Double
    /// The greatest pulse, µs.
    public var maximumMicroseconds: Double
    /// Radians for each microsecond; angle 0 is at 1500 µs.
    public var radiansPerMicrosecond: Double
    /// The board's own speed limit, 0.25 µs / 10 ms; 0 leaves speed to Mien's limiter.
    public var boardSpeed: UInt16
    /// The board's own acceleration limit, 0.25 µs / 10 ms / 80 ms, at most 255; 0 leaves it to Mien's limiter.
    public var boardAcceleration: UInt16

    public init(
        channel: UInt8, minimumMicroseconds: Double, maximumMicroseconds: Double,
        radiansPerMicrosecond: Double = 0.09 * .pi / 180, boardSpeed: UInt16 = 0, boardAcceleration: UInt16 = 0
    ) {
        self.channel = channel & 0x7F
        self.minimumMicroseconds = minimumMicroseconds
        self.maximumMicroseconds = maximumMicroseconds
        self.radiansPerMicrosecond = radiansPerMicrosecond
        self.boardSpeed = boardSpeed
        self.boardAcceleration = min(boardAcceleration, 255)
    }

    /// The pulse for an angle in quarter microseconds: the nearest one that is inside the range. Nil when the angle is
    /// not finite.
    public func quarterMicroseconds(radians: Double) -> UInt16? {
        guard radians.isFinite else { return nil }
        let pulse = ((1500 + radians / radiansPerMicrosecond) * 4).rounded()
        // A limit in the file is exact to a nano-microsecond at best: it must not lose its own step to rounding.
        let low = (minimumMicroseconds * 4 - 1e-6).rounded(.up)
        let high = (maximumMicroseconds * 4 + 1e-6).rounded(.down)
        return UInt16(Swift.max(1, Swift.min(Swift.max(low, Swift.min(high, pulse)), 16383)))
    }

    /// The angle at a pulse, radians.
    public func radians(quarterMicroseconds: UInt16) -> Double {
        (Double(quarterMicroseconds) / 4 - 1500) * radiansPerMicrosecond
    }
}
