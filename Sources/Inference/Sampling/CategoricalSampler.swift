import CKernels

/// A sampler of classes from logits with temperature and nucleus, driven by a uniform number.
///
/// The nucleus is the smallest set of the likeliest classes whose probabilities reach `nucleus` (Holtzman et al., 2020).
/// Equal probabilities are taken in the order of the classes. `Training/mien_training/sampling.py` does the same.
public struct CategoricalSampler: Sendable {
    public let classes: Int
    private var probabilities: [Float]
    /// Probability and class in one number that is larger for what comes earlier.
    private var heap: [UInt64]

    public init(classes: Int) {
        precondition(classes > 0)
        self.classes = classes
        probabilities = [Float](repeating: 0, count: classes)
        heap = [UInt64](repeating: 0, count: classes)
    }

    /// A class drawn from `logits`. `uniform` is in [0, 1). Temperature 0 gives the likeliest class. Logits that are not
    /// finite are never drawn; where none is finite, class 0 is.
    public mutating func sample(
        _ logits: UnsafeBufferPointer<Float>, temperature: Float = 1, nucleus: Float = 1, uniform: Float
    ) -> Int {
        precondition(logits.count == classes && temperature >= 0)
        let best = Self.likeliest(logits)
        guard temperature > 0, logits[best].isFinite else { return best }
        for i in 0..<classes {
            probabilities[i] = logits[i].isFinite ? (logits[i] - logits[best]) / temperature : -.infinity
        }
        probabilities.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { mien_softmax(base, classes, 1, classes) }
        }
        var place = classes
        var mass: Float = 0
        for i in 0..<classes {
            // Bit patterns of numbers that are not negative are in their order; of equal ones the first class leads.
            heap[i] = UInt64(probabilities[i].bitPattern) << 32 | UInt64(classes - 1 - i)
        }
        return heap.withUnsafeMutableBufferPointer { heap in
            for start in stride(from: classes / 2 - 1, through: 0, by: -1) { Self.siftDown(heap, start, classes) }
            // The likeliest move to the end of the heap's array until their mass reaches the nucleus; where all may be
            // drawn, only until the draw is among them.
            if nucleus < 1 {
                repeat { mass += Self.takeLikeliest(heap, &place) } while place > 0 && mass < nucleus
            } else {
                mass = 1
            }
            let target = uniform * mass
            var sum: Float = 0
            var rank = classes
            while rank > place || (nucleus >= 1 && place > 0) {
                if rank == place { _ = Self.takeLikeliest(heap, &place) }
                rank -= 1
                sum += Self.probability(heap[rank])
                if target < sum { return classes - 1 - Int(heap[rank] & 0xFFFF_FFFF) }
            }
            return best
        }
    }

    /// Moves the likeliest of the first `size` entries behind the others; its probability.
    private static func takeLikeliest(_ heap: UnsafeMutableBufferPointer<UInt64>, _ size: inout Int) -> Float {
        size -= 1
        heap.swapAt(0, size)
        siftDown(heap, 0, size)
        return probability(heap[size])
    }

    /// The first of the largest finite logits, or 0.
    public static func likeliest(_ logits: UnsafeBufferPointer<Float>) -> Int {
        var best = 0
        for i in logits.indices where logits[i].isFinite && (logits[i] > logits[best] || !logits[best].isFinite) {
            best = i
        }
        return best
    }

    private static func probability(_ entry: UInt64) -> Float { Float(bitPattern: UInt32(entry >> 32)) }

    private static func siftDown(_ heap: UnsafeMutableBufferPointer<UInt64>, _ start: Int, _ size: Int) {
        var place = start
        while true {
            let (left, right) = (2 * place + 1, 2 * place + 2)
            var first = place
            if left < size && heap[left] > heap[first] { first = left }
            if right < size && heap[right] > heap[first] { first = right }
            if first == place { return }
            heap.swapAt(place, first)
            place = first
        }
    }
}
