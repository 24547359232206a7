import FaceKit
import Synchronization

/// A source of reproducible random weights, so that a model can be built at any size without a file.
///
/// A tensor is uniform in −b…b with b = 1/√(fan in): the product of all sizes but the first; of a vector, its length. A
/// vector whose name ends with `weight` is a normalisation's scale and has 1 added. `mien_training/random_weights.py`
/// gives the same numbers for the same seed and name. Made for parity tests and benchmarks.
public struct RandomWeights: WeightSource {
    public let seed: UInt64
    /// How tensors of two or more dimensions are kept; vectors are always fp32.
    public let elementType: WeightTensor.ElementType
    private let tally: WeightTally?

    public init(seed: UInt64, elementType: WeightTensor.ElementType = .float32, tally: WeightTally? = nil) {
        self.seed = seed
        self.elementType = elementType
        self.tally = tally
    }

    public func tensor(_ name: String, shape: [Int]) -> WeightTensor {
        let count = shape.reduce(1, *)
        let fanIn = shape.count > 1 ? count / shape[0] : count
        let bound = Float(1 / Double(fanIn).squareRoot())
        let centre: Float = shape.count == 1 && name.hasSuffix("weight") ? 1 : 0
        let stream = CounterRandom(seed: seed, system: .test, stream: Self.hash(name))
        let isHalf = elementType == .float16 && shape.count > 1
        let bytes = count * (isHalf ? 2 : 4)
        tally?.add(bytes)
        let memory = WeightMemory(byteCount: bytes) { raw in
            let single = raw.bindMemory(to: Float.self, capacity: isHalf ? 0 : count)
            let half = raw.bindMemory(to: Float16.self, capacity: isHalf ? count : 0)
            stream.forEachUniform(frame: 0, count: count) { i, uniform in
                let value = (uniform * 2 - 1) * bound + centre
                if isHalf { half[i] = Float16(value) } else { single[i] = value }
            }
        }
        return WeightTensor(shape: shape, elementType: isHalf ? .float16 : .float32, memory: memory, offset: 0)
    }

    /// The 32-bit FNV-1a hash of a name's UTF-8 bytes, which is its stream.
    static func hash(_ name: String) -> UInt32 {
        name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}

/// How many bytes of weights were asked for: the size of a model that has no file.
public final class WeightTally: Sendable {
    private let total = Atomic(0)

    public init() {}

    public var bytes: Int { total.load(ordering: .relaxed) }

    fileprivate func add(_ bytes: Int) { total.add(bytes, ordering: .relaxed) }
}
