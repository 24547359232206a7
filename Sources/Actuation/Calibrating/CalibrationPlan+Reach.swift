extension CalibrationPlan {
    /// The entry of an actuator whose ends, neutral and direction were found: its table keeps its inputs and its shape, and
    /// each side of it is pressed into what can be reached.
    public static func guided(
        _ nominal: Calibration.Entry, of actuator: Actuator, reach: ClosedRange<Double>, neutral: Double,
        isReversed: Bool
    ) throws(Failure) -> Calibration.Entry {
        guard reach.contains(neutral) else { throw .unreachable }
        var entry = nominal
        entry.reach = reach
        entry.neutralRaw = neutral
        guard let table = nominal.table else { return entry }
        let ways = table.outputs.map { ($0 - nominal.neutralRaw) * (isReversed ? -1 : 1) }
        let (most, least) = (ways.max() ?? 0, ways.min() ?? 0)
        let (room, floor) = (reach.upperBound - neutral, neutral - reach.lowerBound)
        let above = most > room ? room / most : 1
        let below = -least > floor ? floor / -least : 1
        let outputs = ways.map { (neutral + $0 * ($0 > 0 ? above : below)) }
        guard let pressed = MonotoneCubic(inputs: table.inputs, outputs: outputs),
            let made = rounded(pressed, reach)
        else { throw .collapsed }
        entry.table = made
        return entry
    }

    /// The pairs that pull against each other, by rule: what drives the one holds the other back. Two sums of coefficients
    /// whose weights point in opposite directions (a cosine of −½ or less) are such a pair.
    public static func antagonists(of calibration: Calibration) -> [Calibration.Antagonists] {
        func cosine(_ a: [Calibration.Term], _ b: [Calibration.Term]) -> Double {
            let product = a.reduce(0.0) { sum, term in
                sum + term.weight * (b.first { $0.channel == term.channel }?.weight ?? 0)
            }
            let sizes = [a, b].map { $0.reduce(0.0) { $0 + $1.weight * $1.weight }.squareRoot() }
            return sizes[0] > 0 && sizes[1] > 0 ? product / (sizes[0] * sizes[1]) : 0
        }
        var pairs: [Calibration.Antagonists] = []
        for (place, first) in calibration.entries.enumerated() where first.table != nil {
            for second in calibration.entries[(place + 1)...] where second.table != nil {
                if cosine(first.inputs, second.inputs) <= -0.5 {
                    pairs.append(.init(first: first.actuator, second: second.actuator))
                }
            }
        }
        return pairs
    }
}
