import Actuation
import FaceKit
import Foundation

/// What a calibration has to find out about a simulated robot: horns that are not where their servos say, by an offset,
/// a gain, a bend, and play.
public struct HiddenHorns: Sendable {
    private struct Horn: Sendable {
        let scale: ServoScale
        let range: ClosedRange<Double>
        let offset, gain, bend: Double
        let backlash: Double
    }

    private let horns: [String: Horn]

    /// - Parameter seed: decides every horn: offsets up to 5°, gains 0.85 to 1.15, bends up to 4°, play up to 1.5°.
    public init(robot: RobotDescription, seed: UInt64) {
        let random = CounterRandom(seed: seed, system: .simulator)
        horns = Dictionary(
            uniqueKeysWithValues: robot.actuators.enumerated().map { index, actuator in
                func draw(_ number: UInt32) -> Double {
                    Double(random.uniform(frame: UInt32(index), draw: number)) * 2 - 1
                }
                let degree = Double.pi / 180
                return (
                    actuator.name,
                    Horn(
                        scale: actuator.scale, range: actuator.rawRange, offset: 5 * degree * draw(0),
                        gain: 1 + 0.15 * draw(1), bend: 4 * degree * draw(2),
                        backlash: 0.75 * degree * (1 + draw(3)) / actuator.scale.radiansPerUnit)
                )
            })
    }

    /// The play of each servo, raw.
    public var backlash: [String: Double] { horns.mapValues(\.backlash) }

    /// Where a horn really stands, rad, when its shaft is at a raw position. It goes one way over the whole range.
    public func angle(of servo: String, at raw: Double) -> Double? {
        guard let horn = horns[servo] else { return nil }
        let share = (raw - horn.range.lowerBound) / (horn.range.upperBound - horn.range.lowerBound)
        // Steep enough everywhere: the bend's slope stays below half of the gain's.
        let reach = (horn.range.upperBound - horn.range.lowerBound) * horn.scale.radiansPerUnit
        let bend = max(-1, min(1, horn.bend / reach * 2 * .pi)) * reach / (2 * .pi) * 0.5
        return horn.offset + horn.gain * horn.scale.radians(ofRaw: raw) + bend * sin(2 * .pi * share)
    }
}
