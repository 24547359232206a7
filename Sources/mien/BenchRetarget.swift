import Actuation
import FaceKit

/// Times the nearest reachable face of a robot with 32 actuators that show different things on either side, for faces that
/// move on a little from frame to frame, and for faces that have nothing to do with the last one (`_cold`).
///
/// `mien_training.peers.bench_torch` times SciPy's `lsq_linear` on 55 channels and 32 bounded unknowns under the same name.
func benchRetarget(seconds: Double) -> [String: KernelTiming] {
    let random = CounterRandom(seed: 1, system: .test)
    func effects(_ index: UInt32) -> [FaceEffects.Effect] {
        (UInt32(0)..<5).compactMap { number in
            let draw = random.bits(frame: index, draw: 2 * number) % UInt32(FaceEffects.channelCount)
            return FaceChannel(rawValue: Int(draw)).map {
                .init(channel: $0, amount: 0.2 + Double(random.uniform(frame: index, draw: 2 * number + 1)))
            }
        }
    }
    var solver = NearestFace(
        (UInt32(0)..<32).map {
            .init(effects: .init(above: effects(2 * $0), below: effects(2 * $0 + 1)), inputs: -1...1)
        })
    func face(_ at: Double, _ stream: UInt32) -> FaceChannels {
        var face = FaceChannels()
        for channel in 0..<FaceEffects.channelCount {
            let phase = Double(random.uniform(frame: 1000 + stream, draw: UInt32(channel)))
            let share = (at * (0.2 + phase) + phase).truncatingRemainder(dividingBy: 1)
            face.values[channel] = Float(abs(2 * share - 1))
        }
        return face
    }
    let slow = (0..<500).map { face(Double($0) * 0.01, 0) }
    let cold = (0..<500).map { face(0, UInt32($0)) }
    var frame = 0
    func timing(_ faces: [FaceChannels]) -> KernelTiming {
        timed(seconds) {
            frame = (frame + 1) % faces.count
            _ = solver.solve(faces[frame])
        }
    }
    return ["nearest_face_32": timing(slow), "nearest_face_32_cold": timing(cold)]
}
