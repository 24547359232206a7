/// A piecewise cubic curve through points that keeps their direction: between two points it never leaves their range.
///
/// The slopes are those of Fritsch and Butland ("A method for constructing local monotone piecewise cubic interpolants",
/// SIAM J. Sci. Stat. Comput. 5, 1984), the weighted harmonic mean of the neighbouring secants, with a one-sided
/// three-point slope at the ends: the curve that SciPy calls PCHIP. Beyond the ends the curve stays at its end values.
public struct MonotoneCubic: Sendable, Equatable {
    /// Inputs, strictly rising.
    public let inputs: [Double]
    /// Outputs, as many as inputs.
    public let outputs: [Double]
    /// Slope at each point.
    private let slopes: [Double]

    /// Nil unless there are at least two points, as many outputs as inputs, all finite, and the inputs strictly rise.
    public init?(inputs: [Double], outputs: [Double]) {
        guard inputs.count >= 2, inputs.count == outputs.count else { return nil }
        guard (inputs + outputs).allSatisfy(\.isFinite), zip(inputs, inputs.dropFirst()).allSatisfy(<) else {
            return nil
        }
        self.inputs = inputs
        self.outputs = outputs
        slopes = Self.slopes(inputs, outputs)
    }

    /// The curve's value; a NaN gives NaN.
    public func callAsFunction(_ input: Double) -> Double {
        let last = inputs.count - 1
        guard input > inputs[0] else { return input.isNaN ? input : outputs[0] }
        guard input < inputs[last] else { return outputs[last] }
        var left = 0
        while inputs[left + 1] <= input { left += 1 }
        let width = inputs[left + 1] - inputs[left]
        let t = (input - inputs[left]) / width
        let rise = outputs[left + 1] - outputs[left]
        let start = slopes[left] * width
        let end = slopes[left + 1] * width
        // Hermite's cubic in powers of t.
        return outputs[left] + t * (start + t * ((3 * rise - 2 * start - end) + t * (start + end - 2 * rise)))
    }

    private static func slopes(_ x: [Double], _ y: [Double]) -> [Double] {
        let width = zip(x.dropFirst(), x).map(-)
        let secant = zip(zip(y.dropFirst(), y).map(-), width).map(/)
        guard secant.count > 1 else { return [secant[0], secant[0]] }
        var slopes = [endSlope(width[0], width[1], secant[0], secant[1])]
        for point in 1..<secant.count {
            let (before, after) = (secant[point - 1], secant[point])
            guard before * after > 0 else {
                slopes.append(0)
                continue
            }
            let weightBefore = 2 * width[point] + width[point - 1]
            let weightAfter = width[point] + 2 * width[point - 1]
            slopes.append((weightBefore + weightAfter) / (weightBefore / before + weightAfter / after))
        }
        let last = secant.count - 1
        slopes.append(endSlope(width[last], width[last - 1], secant[last], secant[last - 1]))
        return slopes
    }

    /// The slope at an end from the two nearest secants, held to what keeps the direction.
    private static func endSlope(_ near: Double, _ far: Double, _ nearSecant: Double, _ farSecant: Double) -> Double {
        let slope = ((2 * near + far) * nearSecant - near * farSecant) / (near + far)
        guard slope * nearSecant > 0 else { return 0 }
        if nearSecant * farSecant <= 0, abs(slope) > abs(3 * nearSecant) { return 3 * nearSecant }
        return slope
    }
}
