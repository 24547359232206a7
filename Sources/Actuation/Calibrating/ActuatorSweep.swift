/// What was measured of one actuator: where its horn stood at each commanded raw value, on the way up and on the way
/// down.
public struct ActuatorSweep: Sendable, Equatable {
    /// A commanded raw value and the horn's angle there, rad.
    public struct Sample: Sendable, Equatable {
        public var raw: Double
        public var angle: Double

        public init(raw: Double, angle: Double) {
            self.raw = raw
            self.angle = angle
        }
    }

    public var up: [Sample]
    /// At the same raw values as `up`, in the same order.
    public var down: [Sample]

    public init(up: [Sample], down: [Sample]) {
        self.up = up
        self.down = down
    }

    /// What a sweep says.
    public struct Finding: Sendable, Equatable {
        /// From raw values to angles, rad, in the middle of the play.
        public let curve: MonotoneCubic
        /// The largest error of the curve against what was measured, rad.
        public let worstError: Double
        /// The play, raw: how much further the servo must go before the horn turns round.
        public let backlash: Double
        /// Whether the angle grows with the raw value.
        public let rises: Bool
        /// Angles that were reached, rad.
        public let reach: ClosedRange<Double>
    }

    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case fit(MonotoneFit.Failure)
        /// The horn turned by less than a fifth of what it was told, rad: blocked, unplugged, or another servo.
        case hardlyMoved(commanded: Double, measured: Double)

        public var description: String {
            switch self {
            case .fit(let failure): failure.description
            case .hardlyMoved(let commanded, let measured):
                "turned by \(degrees(measured)) when told \(degrees(commanded)): is it blocked, unplugged, or another servo?"
            }
        }

        private func degrees(_ radians: Double) -> String {
            "\((radians * 1800 / .pi).rounded() / 10)°"
        }
    }

    /// Reads the sweep of an actuator whose raw unit is nominally `radiansPerUnit` wide.
    public func finding(radiansPerUnit: Double, points: Int = 7) throws(Failure) -> Finding {
        let middles = zip(up, down).map { (input: $0.raw, output: ($0.angle + $1.angle) / 2) }
        let fit: MonotoneFit
        do { fit = try MonotoneFit(samples: middles, points: points) } catch { throw .fit(error) }
        let (low, high) = (fit.table.outputs.min() ?? 0, fit.table.outputs.max() ?? 0)
        let commanded = ((up.last?.raw ?? 0) - (up.first?.raw ?? 0)) * radiansPerUnit
        guard high - low >= abs(commanded) / 5 else {
            throw .hardlyMoved(commanded: abs(commanded), measured: high - low)
        }
        let rises = (fit.table.outputs.last ?? 0) > (fit.table.outputs.first ?? 0)
        // Between the ends the two ways differ by the play; at the ends the way up has only just begun or ended.
        let inner = zip(up, down).dropFirst().dropLast()
        let differences = inner.map { ($1.angle - $0.angle) * (rises ? 1 : -1) }.sorted()
        let play = differences.isEmpty ? 0 : max(0, differences[differences.count / 2])
        let slope = (high - low) / abs((up.last?.raw ?? 1) - (up.first?.raw ?? 0))
        return Finding(
            curve: fit.table, worstError: fit.worstError, backlash: play / slope, rises: rises, reach: low...high)
    }
}
