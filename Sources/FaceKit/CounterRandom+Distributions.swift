extension CounterRandom {
    /// A standard normal number. Bit-exact in the Python twin. Method: the inverse distribution function of 32 random
    /// bits (Wichura, algorithm AS 241, Applied Statistics 1988), so it lies within ±6.4.
    public func normal(frame: UInt32, draw: UInt32) -> Float {
        Float(Self.normalQuantile(openUniform(frame: frame, draw: draw)))
    }

    /// A standard Gumbel number, −log(−log u). Bit-exact in the Python twin.
    public func gumbel(frame: UInt32, draw: UInt32) -> Float {
        Float(-PortableMath.log(-PortableMath.log(openUniform(frame: frame, draw: draw))))
    }

    /// A uniform number strictly between 0 and 1, with 32 bits.
    private func openUniform(frame: UInt32, draw: UInt32) -> Double {
        (Double(bits(frame: frame, draw: draw)) + 0.5) * 0x1p-32
    }

    /// The number below which a standard normal one lies with probability `p`, 0 < p < 1.
    static func normalQuantile(_ p: Double) -> Double {
        let q = p - 0.5
        if abs(q) <= 0.425 {
            let r = 0.180625 - q * q
            return q * (polynomial(r, centreAbove) / polynomial(r, centreBelow))
        }
        let tail = (-PortableMath.log(q < 0 ? p : 1 - p)).squareRoot()
        let x =
            tail <= 5
            ? polynomial(tail - 1.6, middleAbove) / polynomial(tail - 1.6, middleBelow)
            : polynomial(tail - 5, farAbove) / polynomial(tail - 5, farBelow)
        return q < 0 ? -x : x
    }

    /// Horner's rule, highest power first.
    private static func polynomial(_ x: Double, _ coefficients: InlineArray<8, Double>) -> Double {
        var sum = coefficients[0]
        for i in 1..<8 { sum = sum * x + coefficients[i] }
        return sum
    }

    private static let centreAbove: InlineArray<8, Double> = [
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080,
    ]
    private static let centreBelow: InlineArray<8, Double> = [
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1,
    ]
    private static let middleAbove: InlineArray<8, Double> = [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
        3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734,
    ]
    private static let middleBelow: InlineArray<8, Double> = [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1,
    ]
    private static let farAbove: InlineArray<8, Double> = [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720,
    ]
    private static let farBelow: InlineArray<8, Double> = [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1,
    ]
}
