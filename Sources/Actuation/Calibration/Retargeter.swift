import FaceKit

/// Maps the channels of a face to target positions of all actuators of a robot, without allocating.
///
/// Each actuator has two sums, one of coefficients and one of landmark distances. A frame is driven by the one that its
/// generator made (a coefficient generator's landmarks are only the fit's echo, and the other way round), never by both
/// added: `landmarkShare` is 0 for coefficients, 1 for landmarks, and between them while one source fades into the
/// other. A channel that is not finite makes its actuators' targets NaN, which the limiter holds and counts.
///
/// Actuators whose calibration says what they do to the face (`FaceEffects`) are not driven by their sum of coefficients:
/// together they show the nearest face that they can (`NearestFace`).
public struct Retargeter: Sendable {
    /// Actuators that a table drives.
    private let parts: [Part]
    /// All summands of all actuators, one sum after the other.
    private let terms: [Calibration.Term]
    private let head: HeadGroup?
    /// Pairs that pull against each other.
    private let pulls: [Pull]
    /// Solves for the actuators that have effects; nil where none has.
    private var nearest: NearestFace?
    /// Whether a frame of landmarks needs no solution.
    private let landmarksNeedNone: Bool

    private struct Part {
        /// Its place in the robot's list.
        let place: Int
        let scale: ServoScale
        let table: MonotoneCubic
        /// Which of the terms make each sum; the same range twice when one sum serves both.
        let coefficients, landmarks: Range<Int>
        /// Its place among the actuators that are solved for, nil for one that its sum drives.
        let solved: Int?
    }

    /// The retargeter of a robot's unit; `metric` says which faces are near each other.
    public init(robot: RobotDescription, calibration: Calibration, metric: FaceMetric = .coefficients) {
        var terms: [Calibration.Term] = []
        func range(_ sum: [Calibration.Term]) -> Range<Int> {
            terms += sum
            return terms.count - sum.count..<terms.count
        }
        var solved: [NearestFace.Actuator] = []
        neutral = calibration.entries.map { robot.actuators[$0.actuator].scale.radians(ofRaw: $0.neutralRaw) }
        parts = calibration.entries.compactMap { entry in
            guard let table = entry.table else { return nil }
            let coefficients = range(entry.inputs)
            var place: Int?
            if let effects = entry.effects, let first = table.inputs.first, let last = table.inputs.last {
                place = solved.count
                solved.append(NearestFace.Actuator(effects: effects, inputs: first...last))
            }
            return Part(
                place: entry.actuator, scale: robot.actuators[entry.actuator].scale, table: table,
                coefficients: coefficients,
                landmarks: entry.landmarkInputs == entry.inputs ? coefficients : range(entry.landmarkInputs),
                solved: place)
        }
        let neutral = neutral
        pulls = calibration.antagonists.compactMap { pair in
            func end(_ index: Int) -> Double? {
                calibration.entries[index].table.flatMap(\.outputs.last).map {
                    robot.actuators[index].scale.radians(ofRaw: $0)
                }
            }
            guard let one = end(pair.first), let other = end(pair.second), one != neutral[pair.first],
                other != neutral[pair.second]
            else { return nil }
            return Pull(
                first: pair.first, second: pair.second, firstNeutral: neutral[pair.first], firstEnd: one,
                secondNeutral: neutral[pair.second], secondEnd: other, most: pair.most)
        }
        nearest = solved.isEmpty ? nil : NearestFace(solved, rest: calibration.rest, metric: metric)
        landmarksNeedNone = parts.allSatisfy { $0.solved == nil || $0.landmarks != $0.coefficients }
        self.terms = terms
        head = robot.head
    }

    /// A pair of antagonists: where each begins to pull and where its pull ends, rad.
    private struct Pull {
        let first, second: Int
        let firstNeutral, firstEnd, secondNeutral, secondEnd: Double
        let most: Double

        /// Takes from both in proportion what they pull too much together.
        func hold(_ targets: inout MutableSpan<Double>) {
            let one = max(0, (targets[first] - firstNeutral) / (firstEnd - firstNeutral))
            let other = max(0, (targets[second] - secondNeutral) / (secondEnd - secondNeutral))
            guard one + other > most else { return }
            let share = most / (one + other)
            if one > 0 { targets[first] = firstNeutral + share * (targets[first] - firstNeutral) }
            if other > 0 { targets[second] = secondNeutral + share * (targets[second] - secondNeutral) }
        }
    }

    /// How many actuators there are, and the least length of `targets`.
    public var count: Int { neutral.count }

    /// The relaxed face of this unit, rad, in the robot's order.
    public let neutral: [Double]

    /// Writes the target of each actuator, rad, in the robot's order.
    /// - Parameter landmarkShare: How much of the target the landmark distances make, 0 to 1.
    public mutating func targets(
        of channels: borrowing FaceChannels, landmarkShare: Double = 0, into targets: inout MutableSpan<Double>
    ) {
        var isSolved = false
        if nearest != nil, landmarkShare != 1 || !landmarksNeedNone { isSolved = nearest?.solve(channels) ?? false }
        for index in parts.indices {
            let (coefficients, landmarks) = (parts[index].coefficients, parts[index].landmarks)
            var input: Double
            if let place = parts[index].solved, landmarkShare != 1 || landmarks == coefficients {
                input = isSolved ? nearest?.input(place) ?? .nan : .nan
            } else {
                input = sum(landmarkShare == 1 ? landmarks : coefficients, channels)
            }
            if landmarkShare != 0, landmarkShare != 1, landmarks != coefficients {
                input += (sum(landmarks, channels) - input) * landmarkShare
            }
            let raw = input.isFinite ? parts[index].table(input) : .nan
            targets[parts[index].place] = parts[index].scale.radians(ofRaw: raw)
        }
        for pair in pulls { pair.hold(&targets) }
        if let head { turn(head, channels, into: &targets) }
    }

    /// The motors of a head group follow the head's pose, less what the body below has taken of it.
    private func turn(_ head: HeadGroup, _ channels: borrowing FaceChannels, into targets: inout MutableSpan<Double>) {
        let first = FaceChannels.firstHead
        let angles = head.targets(
            yaw: Double(channels.values[first]), pitch: Double(channels.values[first + 1]),
            roll: Double(channels.values[first + 2]), body: head.body.map { targets[$0] } ?? 0)
        for place in 0..<6 { targets[head.motors[place]] = angles[place] }
    }

    private func sum(_ range: Range<Int>, _ channels: borrowing FaceChannels) -> Double {
        var sum = 0.0
        for index in range {
            sum += terms[index].weight * (Double(channels.values[terms[index].channel.rawValue]) - terms[index].neutral)
        }
        return sum
    }
}
