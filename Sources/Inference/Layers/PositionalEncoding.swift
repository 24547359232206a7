import FaceKit

/// Sinusoidal positional encodings (Vaswani et al., "Attention is all you need", 2017).
public enum PositionalEncoding {
    /// Where sines and cosines stand in a row of `width` numbers; ωᵢ = base^(−2i/width), i < width/2.
    public enum Layout: Sendable {
        /// sin ω₀p, cos ω₀p, sin ω₁p, cos ω₁p, …
        case interleaved
        /// All sines, then all cosines.
        case halves
    }

    /// The encodings of places 0 to `length` − 1, [length, width]; the width must be even. The same bytes on any machine.
    public static func sinusoidal(
        length: Int, width: Int, layout: Layout = .interleaved, base: Double = 10_000
    ) -> Matrix {
        precondition(width.isMultiple(of: 2), "sines and cosines come in pairs")
        var table = Matrix(rows: length, columns: width)
        for i in 0..<width / 2 {
            let frequency = PortableMath.exp(-PortableMath.log(base) * 2 * Double(i) / Double(width))
            for place in 0..<length {
                let angle = Double(place) * frequency
                let (sine, cosine) = layout == .interleaved ? (2 * i, 2 * i + 1) : (i, width / 2 + i)
                table[place, sine] = Float(PortableMath.sin(angle))
                table[place, cosine] = Float(PortableMath.cos(angle))
            }
        }
        return table
    }
}
