/// Elementary functions made of +, −, ·, /, √ and bit operations in double precision alone.
///
/// The C library's versions differ between machines in the last bit; these give the same bytes everywhere, and
/// `Training/mien_training/counter_random.py` repeats them step by step. They are right to about 1e-15, relative to the
/// result (`sin`, `cos`: to 1, for arguments up to 10⁶).
public enum PortableMath {
    private static let ln2High = 0x1.62e42feep-1
    private static let ln2Low = 0x1.a39ef35793c76p-33

    /// The natural logarithm of a positive normal number. Method: fdlibm's `e_log.c`.
    public static func log(_ x: Double) -> Double {
        precondition(x.isNormal && x > 0)
        let bits = x.bitPattern
        var exponent = Int((bits >> 52) & 0x7FF) - 1023
        var mantissa = Double(bitPattern: (bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000)
        if mantissa > 1.4142135623730951 {
            mantissa *= 0.5
            exponent += 1
        }
        let k = Double(exponent)
        let f = mantissa - 1
        let s = f / (2 + f)
        let z = s * s
        var p = 1.479819860511658591e-1
        p = p * z + 1.531383769920937332e-1
        p = p * z + 1.818357216161805012e-1
        p = p * z + 2.222219843214978396e-1
        p = p * z + 2.857142874366239149e-1
        p = p * z + 3.999999999940941908e-1
        p = p * z + 6.666666666666735130e-1
        let half = 0.5 * f * f
        let tail = s * (half + p * z)
        return k * ln2High - ((half - (tail + k * ln2Low)) - f)
    }

    /// The exponential of a number between −700 and 700. Method: fdlibm's `e_exp.c`.
    public static func exp(_ x: Double) -> Double {
        precondition(x > -700 && x < 700)
        let shifted = x * 1.4426950408889634 + 0x1.8p52
        let n = shifted - 0x1.8p52
        let high = x - n * ln2High
        let low = n * ln2Low
        let r = high - low
        let z = r * r
        var p = 4.13813679705723846039e-8
        p = p * z + -1.65339022054652515390e-6
        p = p * z + 6.61375632143793436117e-5
        p = p * z + -2.77777777770155933842e-3
        p = p * z + 1.66666666666666019037e-1
        let c = r - z * p
        let y = 1 - ((low - (r * c) / (2 - c)) - high)
        return y * Double(bitPattern: UInt64(1023 + Int(n)) << 52)
    }

    /// The sine of an angle in radians, |x| ≤ 10⁶.
    public static func sin(_ x: Double) -> Double { quarter(x, shift: 0) }

    /// The cosine of an angle in radians, |x| ≤ 10⁶.
    public static func cos(_ x: Double) -> Double { quarter(x, shift: 1) }

    /// Takes away quarter turns in three parts of π/2 (Cody and Waite), then one of fdlibm's two polynomials.
    private static func quarter(_ x: Double, shift: Int) -> Double {
        precondition(x.magnitude <= 1e6)
        let shifted = x * 0.6366197723675814 + 0x1.8p52
        let n = shifted - 0x1.8p52
        var r = x - n * 0x1.921fb544p0
        r -= n * 0x1.0b4611a6p-34
        r -= n * 0x1.3198a2e037073p-69
        let z = r * r
        switch (Int(n) &+ shift) & 3 {
        case 0: return sineNearZero(r, z)
        case 1: return cosineNearZero(z)
        case 2: return -sineNearZero(r, z)
        default: return -cosineNearZero(z)
        }
    }

    private static func sineNearZero(_ r: Double, _ z: Double) -> Double {
        var p = 1.58969099521155010221e-10
        p = p * z + -2.50507602534068634195e-8
        p = p * z + 2.75573137070700676789e-6
        p = p * z + -1.98412698298579493134e-4
        p = p * z + 8.33333333332248946124e-3
        p = p * z + -1.66666666666666324348e-1
        return r + (r * z) * p
    }

    private static func cosineNearZero(_ z: Double) -> Double {
        var p = -1.13596475577881948265e-11
        p = p * z + 2.08757232129817482790e-9
        p = p * z + -2.75573143513906633035e-7
        p = p * z + 2.48015872894767294178e-5
        p = p * z + -1.38888888888741095749e-3
        p = p * z + 4.16666666666666019037e-2
        return 1 - (0.5 * z - (z * z) * p)
    }
}
