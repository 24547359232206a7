import CKernels

/// A linear layer's weights in the layout that the kernels read: panels of 64 outputs, input after input
/// (`MIEN_PANEL` in CKernels.h). They are packed once, when a layer is made; files hold PyTorch's own [outputs, inputs].
struct PackedWeights: Sendable {
    let inputs: Int
    let outputs: Int
    private let elementType: WeightTensor.ElementType
    private let memory: WeightMemory

    /// Packs weights [outputs, inputs], which keep their element type.
    init(_ weight: WeightTensor) {
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        elementType = weight.elementType
        memory =
            switch weight.elementType {
            case .float16: Self.pack(weight.float16, outputs, inputs, mien_transpose_f16)
            case .float32: Self.pack(weight.float32, outputs, inputs, mien_transpose_f32)
            }
    }

    /// Turns each 64 rows into a panel; what the last one has no rows for is 0.
    private static func pack<Number: Numeric>(
        _ rows: UnsafePointer<Number>, _ outputs: Int, _ inputs: Int,
        _ transpose: (UnsafePointer<Number>, Int, UnsafeMutablePointer<Number>, Int, Int, Int) -> Void
    ) -> WeightMemory {
        let panel = Int(MIEN_PANEL)
        let panels = (outputs + panel - 1) / panel
        let count = panels * panel * inputs
        return WeightMemory(byteCount: count * MemoryLayout<Number>.stride) { raw in
            let target = raw.bindMemory(to: Number.self, capacity: count)
            if outputs % panel != 0 {
                (target + (panels - 1) * panel * inputs).initialize(repeating: 0, count: panel * inputs)
            }
            for first in stride(from: 0, to: outputs, by: panel) {
                transpose(
                    rows + first * inputs, inputs, target + first * inputs, panel, min(panel, outputs - first), inputs)
            }
        }
    }

    /// y[r, o] = Σ_k x[r, k]·w[o, k] (+ bias[o]) (+ the y that was there).
    func multiply(
        _ x: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>, rows: Int,
        accumulating: Bool
    ) {
        withExtendedLifetime(memory) {
            switch elementType {
            case .float16:
                let panels = memory.base.assumingMemoryBound(to: UInt16.self)
                mien_linear_f16(x, inputs, panels, bias, y, outputs, rows, inputs, outputs, accumulating)
            case .float32:
                let panels = memory.base.assumingMemoryBound(to: Float.self)
                mien_linear_f32(x, inputs, panels, bias, y, outputs, rows, inputs, outputs, accumulating)
            }
        }
    }
}
