import CKernels

/// A sampler of classes from logits with temperature and nucleus, driven by a uniform number.
///
/// The nucleus is the smallest set of the likeliest classes whose probabilities reach `nucleus` (Holtzman et al., 2020).
/// Equal probabilities are taken in the order of the classes. `Training/mien_training/sampling.py` does the same.
public struct CategoricalSampler: Sendable {
    public let classes: Int
    private var probabilities: [Float]
    private var heap: [Int]

    public init(classes: Int) {
        precondition(classes > 0)
        self.classes = classes
        probabilities = [Float](repeating: 0, count: classes)
        heap = [Int](repeating: 0, count: classes)
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
        var size = classes
        for i in 0..<classes { heap[i] = i }
        for place in stride(from: classes / 2 - 1, through: 0, by: -1) { siftDown(place, size) }
        // The likeliest move to the end of the heap's array until their mass reaches the nucleus.
        var mass: Float = 0
        repeat {
            mass += probabilities[heap[0]]
            size -= 1
            exchange(0, size)
            siftDown(0, size)
        } while size > 0 && mass < nucleus
        let target = uniform * mass
        var sum: Float = 0
        for place in stride(from: classes - 1, through: size, by: -1) {
            sum += probabilities[heap[place]]
            if target < sum { return heap[place] }
        }
        return best
    }

    /// The first of the largest finite logits, or 0.
    public static func likeliest(_ logits: UnsafeBufferPointer<Float>) -> Int {
        var best = 0
        for i in logits.indices where logits[i].isFinite && (logits[i] > logits[best] || !logits[best].isFinite) {
            best = i
        }
        return best
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        probabilities[a] > probabilities[b] || (probabilities[a] == probabilities[b] && a < b)
    }

    private mutating func siftDown(_ start: Int, _ size: Int) {
        var place = start
        while true {
            let (left, right) = (2 * place + 1, 2 * place + 2)
            var first = place
            if left < size && isBefore(heap[left], heap[first]) { first = left }
            if right < size && isBefore(heap[right], heap[first]) { first = right }
            if first == place { return }
            exchange(place, first)
            place = first
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        let kept = heap[a]
        heap[a] = heap[b]
        heap[b] = kept
    }
}
