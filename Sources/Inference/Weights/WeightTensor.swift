import CKernels

/// One named block of weights: its shape, its element type and where its numbers lie.
///
/// The memory belongs to a file or a generator and stays for as long as any of its tensors. It is never written.
public struct WeightTensor: Sendable {
    /// How a number is stored.
    public enum ElementType: String, Sendable {
        case float32 = "F32"
        case float16 = "F16"

        /// Bytes of one number.
        public var size: Int { self == .float32 ? 4 : 2 }
    }

    /// Sizes, outermost first, as PyTorch writes them.
    public let shape: [Int]
    public let elementType: ElementType
    let memory: WeightMemory
    let offset: Int

    /// How many numbers there are.
    public var count: Int { shape.reduce(1, *) }

    /// The numbers in single precision, in a new array.
    public var values: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            initialised = count
            guard count > 0, let target = buffer.baseAddress else { return }
            withExtendedLifetime(memory) {
                switch elementType {
                case .float32: target.initialize(from: float32, count: count)
                case .float16: mien_widen_f16(float16, target, count)
                }
            }
        }
    }

    /// The place of the first number that is not finite, counted from the start, or nil where all are.
    public var firstNotFinite: Int? { values.firstIndex { !$0.isFinite } }

    /// Some of the outermost index, for example one of the three blocks of an attention's joint projection.
    public func rows(_ range: Range<Int>) -> WeightTensor {
        precondition(!shape.isEmpty && range.lowerBound >= 0 && range.upperBound <= shape[0])
        let stride = shape.dropFirst().reduce(elementType.size, *)
        return WeightTensor(
            shape: [range.count] + shape.dropFirst(), elementType: elementType, memory: memory,
            offset: offset + range.lowerBound * stride)
    }

    /// The same numbers with other sizes of the same product.
    func reshaped(_ shape: [Int]) -> WeightTensor {
        precondition(shape.reduce(1, *) == count)
        return WeightTensor(shape: shape, elementType: elementType, memory: memory, offset: offset)
    }

    /// The address of single-precision numbers; valid while the tensor lives.
    var float32: UnsafePointer<Float> { (memory.base + offset).assumingMemoryBound(to: Float.self) }

    /// The address of half-precision numbers; valid while the tensor lives.
    var float16: UnsafePointer<UInt16> { (memory.base + offset).assumingMemoryBound(to: UInt16.self) }
}

/// Read-only memory with the means to give it back.
final class WeightMemory: Sendable {
    // Nobody writes to the memory after the initialiser, so threads may share it.
    nonisolated(unsafe) let base: UnsafeRawPointer
    private let release: @Sendable (UnsafeRawPointer) -> Void

    init(base: UnsafeRawPointer, release: @escaping @Sendable (UnsafeRawPointer) -> Void) {
        self.base = base
        self.release = release
    }

    /// Memory aligned to a cache line, which `fill` writes once.
    convenience init(byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void) {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
        fill(raw)
        self.init(base: UnsafeRawPointer(raw)) { UnsafeMutableRawPointer(mutating: $0).deallocate() }
    }

    deinit { release(base) }
}
