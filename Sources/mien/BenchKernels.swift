import FaceKit
import Inference
import Motion
import Perception

/// How long one block takes, in microseconds.
struct KernelTiming: Codable {
    /// Median and 99th percentile.
    var p50: Double
    var p99: Double
    /// Runs that were timed.
    var count: Int

    enum CodingKeys: String, CodingKey {
        case p50 = "p50_us"
        case p99 = "p99_us"
        case count
    }
}

/// Times the blocks that `mien_training.peers.bench_torch` times in PyTorch, under the same names.
///
/// `lstm_step`: input 1300, hidden 1024, one sample; `_cold`: after 128 MiB went through the caches. `encoder_layer`:
/// 48 rows of 256, 8 heads, 1024 hidden. Names that end with `_fp16` have half-precision weights and are to be held
/// beside PyTorch's of the same name without it.
func benchKernels(seconds: Double = 1) throws -> [String: KernelTiming] {
    var timings: [String: KernelTiming] = [:]
    var stream = [UInt64](repeating: 1, count: (128 << 20) / 8)
    for (suffix, type) in [("", WeightTensor.ElementType.float32), ("_fp16", .float16)] {
        let weights = RandomWeights(seed: 1, elementType: type)
        let cell = try LSTMCell(weights, "lstm", inputs: 1300, hidden: 1024)
        var state = cell.makeState()
        let input = Matrix(rows: 1, columns: 1300)
        timings["lstm_step" + suffix] = timed(seconds) { cell.step(input, &state) }
        timings["lstm_step_cold" + suffix] = timed(
            seconds / 2, before: { for i in stream.indices { stream[i] &+= 1 } },
            { cell.step(input, &state) })

        let layer = try TransformerEncoderLayer(weights, "encoder", width: 256, heads: 8, hidden: 1024)
        var workspace = TransformerWorkspace(width: 256, hidden: 1024, rows: 48)
        var x = Matrix(rows: 48, columns: 256)
        timings["encoder_layer" + suffix] = timed(seconds) { layer(&x, &workspace) }
    }
    return timings
}

/// Times one block of a listener, which makes the frames that are kept; the frames between blocks are not timed. One that
/// hears also sees a person: every part of its speaker encoder works.
func benchListenerBlock(_ model: SFMS, seconds: Double) throws -> KernelTiming {
    var stream = model.makeStream(seed: 1)
    var failure: (any Error)?
    let sound = model.predictor.shape.hearing.map { [Float](repeating: 0.5, count: $0.columns) }
    let person = sound.map { _ in PersonFrame(motionEnergy: 1, sensed: .motionEnergy) }
    func step() {
        stream.hear(sound)
        do { _ = try stream.next(person: person) } catch { failure = error }
    }
    step()  // From here on the last of each `kept` frames begins a block.
    let timing = timed(seconds, before: { for _ in 1..<model.kept { step() } }, step)
    if let failure { throw failure }
    return timing
}

/// Times what becomes of a motion frame's 640 samples before a listener hears them.
func benchLogMel(seconds: Double) -> KernelTiming {
    var (ear, frame) = (LogMel(), [Float]())
    let samples = (0..<LogMel.frameSamples).map { Float($0 % 50) / 100 }
    return timed(seconds) { ear.hear(samples[...], into: &frame) }
}

/// Times the frames of an idler.
func benchIdler(_ model: SUHMo, seconds: Double) throws -> KernelTiming {
    var stream = model.makeStream(seed: 1)
    var failure: (any Error)?
    let timing = timed(seconds) {
        do { _ = try stream.next(person: nil) } catch { failure = error }
    }
    if let failure { throw failure }
    return timing
}

/// Runs a step for some seconds, at least 20 times, after 5 runs that do not count; `before` is not timed.
func timed(_ seconds: Double, before: () -> Void = {}, _ step: () -> Void) -> KernelTiming {
    for _ in 0..<5 {
        before()
        step()
    }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var times: [Double] = []
    while times.count < 20 || clock.now < end {
        before()
        times.append(clock.measure(step) / .microseconds(1))
    }
    times.sort()
    return KernelTiming(p50: times[times.count / 2], p99: times[times.count * 99 / 100], count: times.count)
}
