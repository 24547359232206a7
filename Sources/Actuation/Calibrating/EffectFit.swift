import FaceKit
import Inference

/// Learns what each actuator does to the face from a recording of the robot's own face beside what it was told.
///
/// The model of one channel is y = o + Σ (Aᵢ·aᵢ⁺ + Bᵢ·aᵢ⁻), with the activation a of an actuator a monotone curve of its
/// raw value, in the middle of its play. Effects (A, B) and curves are found in turns: effects by bounded least squares
/// with the curves held, then each curve by a monotone fit of what its own effects explain of the rest. It begins with the
/// curves of the nominal tables, and keeps their scale: an actuator's end has the input that it had.
public struct EffectFit: Sendable {
    /// One instant of the recording.
    public struct Sample: Sendable {
        /// What each actuator was told, raw, in the robot's order.
        public var raws: [Double]
        /// What the tracker saw: `FaceEffects.channelCount` values; NaN where a channel was not sensed.
        public var face: [Double]

        public init(raws: [Double], face: [Double]) {
            self.raws = raws
            self.face = face
        }
    }

    /// What became of one actuator.
    public enum Verdict: Sendable {
        /// Its entry, the curve from raw to activation, the samples it was fitted to, and the worst error as a share of
        /// the activation's range.
        case fitted(Calibration.Entry, curve: MonotoneCubic, points: [(raw: Double, activation: Double)], error: Double)
        case kept(reason: String)
    }

    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case tooFewSamples(found: Int, needed: Int)
        case nothingSensed

        public var description: String {
            switch self {
            case .tooFewSamples(let found, let needed):
                "the recording has \(found) usable instants, expected at least \(needed)"
            case .nothingSensed: "the recording senses no coefficient and no head angle"
            }
        }
    }

    /// One verdict an actuator, in the robot's order.
    public private(set) var verdicts: [Verdict] = []
    /// Root mean square of what the model leaves unexplained, over all sensed channels.
    public private(set) var residual = 0.0

    private static var rounds: Int { 14 }
    /// Effects smaller than this at an actuator's end are noise.
    private static var leastEffect: Double { 0.02 }
    /// A side that is shorter than this share of the whole way is none.
    private static var leastSide: Double { 0.06 }
    /// A tracker that says so much of a coefficient may mean more.
    private static var clipped: Double { 0.98 }
    private static var bins: Int { 25 }

    private let robot: RobotDescription
    private let nominal: Calibration
    private var samples: [Sample]
    private let seen: [[Double]]
    /// Sensed channels.
    private let channels: [Int]
    /// Actuators that have a table, by place.
    private let places: [Int]
    private var curves: [MonotoneCubic]
    private var play: [Double]
    /// Activations, one list of samples for each of `places`.
    private var activations: [[Double]] = []
    /// By half (above, below of each place in turn) and channel.
    private var effects: [[Double]] = []
    private var rest: [Double] = []

    public init(robot: RobotDescription, nominal: Calibration, samples: [Sample]) throws(Failure) {
        self.robot = robot
        self.nominal = nominal
        self.samples = samples
        seen = samples.map(\.face)
        places = nominal.entries.indices.filter { nominal.entries[$0].table != nil }
        channels = (0..<FaceEffects.channelCount).filter { channel in
            samples.allSatisfy { $0.face[channel].isFinite }
        }
        guard !channels.isEmpty else { throw .nothingSensed }
        let needed = 8 * places.count + 20
        guard samples.count >= needed else { throw .tooFewSamples(found: samples.count, needed: needed) }
        curves = places.compactMap { Self.inverse(nominal.entries[$0]) }
        play = Array(repeating: 0, count: places.count)
        for round in 0..<Self.rounds {
            activations = places.indices.map { activate($0) }
            solveEffects()
            if round > 0 { restoreClipped() }
            if round < Self.rounds / 2 {
                for place in places.indices { moveZero(place) }
                activations = places.indices.map { activate($0) }
                solveEffects()
            }
            for place in places.indices { improve(place, findsPlay: round > 0) }
        }
        activations = places.indices.map { activate($0) }
        solveEffects()
        residual = rootMeanSquare()
        verdicts = nominal.entries.indices.map { verdict($0) }
    }

    // MARK: - Curves

    /// The curve from raw to input, straight between the table's points.
    private static func inverse(_ entry: Calibration.Entry) -> MonotoneCubic? {
        guard let table = entry.table else { return nil }
        let points = zip(table.outputs, table.inputs).sorted { $0.0 < $1.0 }
        return MonotoneCubic(inputs: points.map(\.0), outputs: points.map(\.1))
    }

    /// Where the horn stands at each sample when it has so much play.
    private func horn(_ place: Int, play: Double) -> [Double] {
        let actuator = places[place]
        var position = samples[0].raws[actuator]
        return samples.map { sample in
            position = min(max(position, sample.raws[actuator] - play / 2), sample.raws[actuator] + play / 2)
            return position
        }
    }

    private func activate(_ place: Int) -> [Double] { horn(place, play: play[place]).map { curves[place]($0) } }

    // MARK: - Effects

    private mutating func solveEffects() {
        let (rows, columns) = (samples.count, 2 * places.count + 1)
        var matrix = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for place in places.indices {
                let activation = activations[place][row]
                matrix[row * columns + 2 * place] = max(activation, 0)
                matrix[row * columns + 2 * place + 1] = max(-activation, 0)
            }
            matrix[row * columns + columns - 1] = 1
        }
        var solver = BoundedLeastSquares(rowCapacity: rows, columns: columns)
        let ridge = 1e-4 * Double(rows)
        solver.setMatrix(
            matrix, rows: rows, ridge: Array(repeating: ridge / Double(columns), count: columns - 1) + [0])
        solver.setBounds(
            lower: Array(repeating: -100, count: columns), upper: Array(repeating: 100, count: columns))
        effects = Array(repeating: Array(repeating: 0, count: channels.count), count: columns - 1)
        rest = Array(repeating: 0, count: channels.count)
        for (column, channel) in channels.enumerated() {
            solver.solve(samples.map { $0.face[channel] })
            for half in 0..<columns - 1 { effects[half][column] = solver.solution[half] }
            rest[column] = solver.solution[columns - 1]
        }
    }

    /// What one sample shows beyond all actuators but one; -1 leaves none out.
    private func left(_ row: Int, without place: Int) -> [Double] {
        channels.indices.map { column in
            var value = samples[row].face[channels[column]] - rest[column]
            for other in places.indices where other != place {
                let activation = activations[other][row]
                value -=
                    activation > 0
                    ? activation * effects[2 * other][column] : -activation * effects[2 * other + 1][column]
            }
            return value
        }
    }

    /// Takes for a coefficient at the tracker's upper end what the model says, where that is more.
    private mutating func restoreClipped() {
        for row in samples.indices {
            var rests: [Double]?
            for (column, channel) in channels.enumerated() where channel < FaceChannels.firstHead {
                guard seen[row][channel] >= Self.clipped else { continue }
                let unexplained = rests ?? left(row, without: -1)
                rests = unexplained
                samples[row].face[channel] = max(seen[row][channel], samples[row].face[channel] - unexplained[column])
            }
        }
    }

    private func rootMeanSquare() -> Double {
        let sum = samples.indices.reduce(0.0) { sum, row in left(row, without: -1).reduce(sum) { $0 + $1 * $1 } }
        return (sum / Double(samples.count * channels.count)).squareRoot()
    }

    // MARK: - One actuator's curve

    /// How strongly a half shows, as the norm of its effects.
    private func strength(_ half: Int) -> Double { effects[half].reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// Samples and the activations that explain best what each shows beyond all other actuators.
    private func observations(_ place: Int) -> (rows: [Int], activations: [Double]) {
        let sides = [2 * place, 2 * place + 1]
        let sizes = sides.map { strength($0) * strength($0) }
        guard sizes.contains(where: { $0 > Self.leastEffect * Self.leastEffect }) else { return ([], []) }
        let values = samples.indices.map { row -> Double in
            let unexplained = left(row, without: place)
            // How much of each side, and how much of the unexplained it takes away.
            let best = zip(sides, sizes).map { half, size -> (amount: Double, gain: Double) in
                guard size > 0 else { return (0, 0) }
                let along = max(0, zip(unexplained, effects[half]).reduce(0) { $0 + $1.0 * $1.1 } / size)
                return (along, along * along * size)
            }
            return best[0].gain >= best[1].gain ? best[0].amount : -best[1].amount
        }
        return (Array(samples.indices), values)
    }

    /// Moves the zero of an actuator's curve to where its two sides, each with effects of its own, explain the most.
    private mutating func moveZero(_ place: Int) {
        let curve = curves[place]
        let activation = activations[place]
        let width = (activation.max() ?? 0) - (activation.min() ?? 0)
        let rests = samples.indices.map { left($0, without: place) }
        func explained(_ zero: Double) -> Double {
            // Normal equations of the two sides and a constant, whose products over channels are summed.
            var (uu, ll, u, l) = (0.0, 0.0, 0.0, 0.0)
            let count = Double(samples.count)
            for value in activation {
                let (above, below) = (max(value - zero, 0), max(zero - value, 0))
                (uu, ll, u, l) = (uu + above * above, ll + below * below, u + above, l + below)
            }
            // Centred: what a constant explains is nobody's.
            let (a, b, c) = (uu - u * u / count + 1e-9, -u * l / count, ll - l * l / count + 1e-9)
            let determinant = a * c - b * b
            guard determinant > 1e-12 else { return 0 }
            var sum = 0.0
            for column in channels.indices {
                var (p, q, total) = (0.0, 0.0, 0.0)
                for row in samples.indices {
                    let value = rests[row][column]
                    total += value
                    p += value * max(activation[row] - zero, 0)
                    q += value * max(zero - activation[row], 0)
                }
                p -= total * u / count
                q -= total * l / count
                sum += (c * p * p - 2 * b * p * q + a * q * q) / determinant
            }
            return sum
        }
        let candidates = (-8...8).map { Double($0) * 0.02 * width }
        let gains = candidates.map(explained)
        guard let best = gains.indices.max(by: { gains[$0] < gains[$1] }) else { return }
        // Where sides do not differ, as in a head's turn, any zero is as good: it stays.
        guard gains[best] > gains[8] * 1.001, candidates[best] != 0 else { return }
        curves[place] =
            MonotoneCubic(inputs: curve.inputs, outputs: curve.outputs.map { $0 - candidates[best] }) ?? curve
    }

    private mutating func improve(_ place: Int, findsPlay: Bool) {
        let (rows, values) = observations(place)
        guard let points = binned(place, rows, values), points.count >= 9 else { return }
        guard let fit = try? MonotoneFit(samples: points.map { ($0.raw, $0.activation) }, points: 9) else { return }
        guard let curve = scaled(fit.table, place) else { return }
        curves[place] = curve
        guard findsPlay else { return }
        let actuator = robot.actuators[places[place]]
        let width = actuator.highestRaw - actuator.lowestRaw
        let candidates = (0...24).map { width * 0.06 * Double($0) / 24 }
        let errors = candidates.map { candidate -> Double in
            let horns = horn(place, play: candidate)
            return zip(rows, values).reduce(0) { sum, item in
                let error = curve(horns[item.0]) - item.1
                return sum + error * error
            }
        }
        guard let least = errors.indices.min(by: { errors[$0] < errors[$1] }) else { return }
        play[place] = candidates[least]
    }

    /// Means over narrow ranges of where the horn stands, so that many samples at one place count once.
    private func binned(
        _ place: Int, _ rows: [Int], _ values: [Double]
    ) -> [(raw: Double, activation: Double)]? {
        let horns = horn(place, play: play[place])
        guard let low = rows.map({ horns[$0] }).min(), let high = rows.map({ horns[$0] }).max(), high > low else {
            return nil
        }
        var sums = Array(repeating: (raw: 0.0, value: 0.0, count: 0.0), count: Self.bins)
        for (row, value) in zip(rows, values) {
            let bin = min(Int((horns[row] - low) / (high - low) * Double(Self.bins)), Self.bins - 1)
            sums[bin].raw += horns[row]
            sums[bin].value += value
            sums[bin].count += 1
        }
        return sums.filter { $0.count > 0 }.map { ($0.raw / $0.count, $0.value / $0.count) }
    }

    /// The curve so stretched that it spans as much input as the nominal table does over the same raw values; nil where it
    /// goes the other way.
    private func scaled(_ curve: MonotoneCubic, _ place: Int) -> MonotoneCubic? {
        guard let before = Self.inverse(nominal.entries[places[place]]) else { return nil }
        let (first, last) = (curve.inputs[0], curve.inputs[curve.inputs.count - 1])
        let (wanted, found) = (before(last) - before(first), curve(last) - curve(first))
        guard wanted * found > 0 else { return nil }
        return MonotoneCubic(inputs: curve.inputs, outputs: curve.outputs.map { $0 * wanted / found })
    }

    // MARK: - What comes of it

    private func verdict(_ index: Int) -> Verdict {
        guard let place = places.firstIndex(of: index) else { return .kept(reason: "the head's pose drives it") }
        let entry = nominal.entries[index]
        let actuator = robot.actuators[index]
        let raws = samples.map { $0.raws[index] }
        let (low, high) = (raws.min() ?? 0, raws.max() ?? 0)
        guard high - low > 0.2 * (actuator.highestRaw - actuator.lowestRaw) else {
            return .kept(reason: "\(actuator.name) hardly moved in the recording")
        }
        let curve = curves[place]
        let ends = [curve.outputs[0], curve.outputs[curve.outputs.count - 1]]
        func kept(_ half: Int, _ end: Double) -> [FaceEffects.Effect] {
            channels.indices.compactMap { column in
                let amount = effects[half][column]
                guard abs(amount * end) >= Self.leastEffect, let channel = FaceChannel(rawValue: channels[column])
                else { return nil }
                return FaceEffects.Effect(channel: channel, amount: amount)
            }
        }
        let (top, bottom) = (max(ends.max() ?? 0, 0), max(-(ends.min() ?? 0), 0))
        let least = Self.leastSide * (top + bottom)
        let found = FaceEffects(
            above: top < least ? [] : kept(2 * place, top), below: bottom < least ? [] : kept(2 * place + 1, bottom))
        guard !found.above.isEmpty || !found.below.isEmpty else {
            return .kept(reason: "nothing of what \(actuator.name) does shows in the recording")
        }
        let dense = (0...60).map { low + (high - low) * Double($0) / 60 }.filter { actuator.rawRange.contains($0) }
        let swapped = dense.map { (input: curve($0), output: $0) }
        guard let fit = try? MonotoneFit(samples: swapped, points: 9),
            let table = CalibrationPlan.rounded(fit.table, actuator.rawRange)
        else { return .kept(reason: "\(actuator.name) goes no one way in the recording") }
        var made = entry
        made.table = table
        made.backlash = play[place]
        made.effects = found
        let (rows, values) = observations(place)
        let points = binned(place, rows, values) ?? []
        let worst = points.map { abs(curve($0.raw) - $0.activation) }.max() ?? 0
        return .fitted(made, curve: curve, points: points, error: worst / max(top + bottom, 1e-9))
    }

    /// The calibration with every fitted entry in it. Where the relaxed face is nearest, the actuators have their neutral.
    public var calibration: Calibration {
        var made = nominal
        var fitted: [Int] = []
        for (index, verdict) in verdicts.enumerated() {
            guard case .fitted(let entry, _, _, _) = verdict else { continue }
            made.entries[index] = entry
            fitted.append(index)
        }
        made.rest = zip(channels, rest).compactMap { channel, value in
            guard abs(value) >= 1e-3, let channel = FaceChannel(rawValue: channel) else { return nil }
            return FaceEffects.Effect(channel: channel, amount: value)
        }
        var retargeter = Retargeter(robot: robot, calibration: made)
        var targets = [Double](repeating: 0, count: retargeter.count)
        var span = targets.mutableSpan
        retargeter.targets(of: FaceChannels(), into: &span)
        for index in fitted where targets[index].isFinite {
            let actuator = robot.actuators[index]
            let raw = (actuator.scale.raw(ofRadians: targets[index]) * 10).rounded() / 10
            let bounds = made.entries[index].reach ?? actuator.rawRange
            made.entries[index].neutralRaw = min(max(raw, bounds.lowerBound), bounds.upperBound)
        }
        return made
    }
}
