import Actuation
import FaceKit

/// What a fit to a recording has to find out about a simulated robot: what its horns do to its face.
///
/// Each actuator shows the channels that its nominal calibration names, by amounts that deviate by up to 30 %, and a little
/// of two others. A tracker that watches it clips at 0 and 1 and adds noise.
public struct HiddenFace: Sendable {
    private struct Part: Sendable {
        let actuator: Int
        let scale: ServoScale
        let curve: MonotoneCubic
        let name: String
        let above, below: [Double]

        /// The nominal input at a raw value, straight on beyond the table's ends.
        func input(at raw: Double) -> Double {
            let (first, last) = (curve.inputs[0], curve.inputs[curve.inputs.count - 1])
            let inside = min(max(raw, first), last)
            let step = (last - first) / 100
            let slope = inside == last ? curve(last) - curve(last - step) : curve(first + step) - curve(first)
            return curve(inside) + (raw - inside) * slope / step
        }
    }

    private let parts: [Part]
    private let rest: [Double]
    private let horns: HiddenHorns
    private let random: CounterRandom
    private static var noise: Double { 0.004 }

    public init(robot: RobotDescription, calibration: Calibration, seed: UInt64) {
        let random = CounterRandom(seed: seed, system: .simulator, stream: 1)
        self.random = random
        horns = HiddenHorns(robot: robot, seed: seed)
        parts = calibration.entries.enumerated().compactMap { number, entry in
            guard let table = entry.table else { return nil }
            let points = zip(table.outputs, table.inputs).sorted { $0.0 < $1.0 }
            guard let curve = MonotoneCubic(inputs: points.map(\.0), outputs: points.map(\.1)) else { return nil }
            let actuator = robot.actuators[entry.actuator]
            let sides = [1.0, -1.0].map { side -> [Double] in
                var column = [Double](repeating: 0, count: FaceEffects.channelCount)
                let most = entry.inputs.map { $0.weight * side }.max() ?? 0
                for (draw, term) in entry.inputs.enumerated() where term.channel.rawValue < column.count {
                    let isSigned = term.channel.rawValue >= FaceChannels.firstHead
                    guard isSigned || term.weight * side > 0 else { continue }
                    let factor = 0.85 + 0.3 * (Double(random.uniform(frame: UInt32(number), draw: UInt32(draw))) - 0.5)
                    column[term.channel.rawValue] += term.weight * side / (isSigned ? 1 : most) * factor
                }
                for leak in 0..<2 {
                    let draw = UInt32(60 + leak * 2 + (side > 0 ? 0 : 10))
                    let channel = Int(random.bits(frame: UInt32(number), draw: draw) % 52)
                    column[channel] += 0.03 + 0.09 * Double(random.uniform(frame: UInt32(number), draw: draw + 1))
                }
                return column
            }
            return Part(
                actuator: entry.actuator, scale: actuator.scale, curve: curve, name: actuator.name, above: sides[0],
                below: sides[1])
        }
        rest = (0..<FaceEffects.channelCount).map {
            $0 < FaceChannels.firstHead ? 0.04 * Double(random.uniform(frame: 1000, draw: UInt32($0))) : 0
        }
    }

    /// The play of each servo, raw.
    public var backlash: [String: Double] { horns.backlash }

    /// What the face really shows with horns at these angles, rad by name.
    public func face(angles: [String: Double]) -> [Double] {
        var face = rest
        for part in parts {
            guard let angle = angles[part.name] else { continue }
            let input = part.input(at: part.scale.raw(ofRadians: angle))
            for channel in face.indices {
                face[channel] += input > 0 ? input * part.above[channel] : -input * part.below[channel]
            }
        }
        for channel in 0..<FaceChannels.firstHead { face[channel] = min(max(face[channel], 0), 1) }
        return face
    }

    /// What the face really shows with shafts at these raw values, in the robot's order.
    public func face(shafts: [Double]) -> [Double] {
        var angles: [String: Double] = [:]
        for part in parts { angles[part.name] = horns.angle(of: part.name, at: shafts[part.actuator]) }
        return face(angles: angles)
    }

    /// What a tracker says of a face at an instant.
    public func seen(_ face: [Double], frame: UInt32) -> [Double] {
        face.enumerated().map { channel, value in
            let noisy = value + Self.noise * Double(random.normal(frame: frame, draw: UInt32(200 + 2 * channel)))
            return channel < FaceChannels.firstHead ? min(max(noisy, 0), 1) : noisy
        }
    }
}
