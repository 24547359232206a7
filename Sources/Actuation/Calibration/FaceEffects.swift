import FaceKit

/// What one actuator does to the face: how much of each channel it shows for each unit of its input, above 0 and below.
///
/// This is the calibrated forward model that `NearestFace` inverts. The two sides are apart because coefficients are not
/// negative: a servo that pulls a mouth corner up shows a smile on the one side and a frown on the other.
public struct FaceEffects: Sendable, Equatable {
    /// A channel and how much of it shows, in the channel's unit for each unit of input away from 0.
    public struct Effect: Sendable, Equatable {
        public let channel: FaceChannel
        public let amount: Double

        public init(channel: FaceChannel, amount: Double) {
            self.channel = channel
            self.amount = amount
        }
    }

    /// What shows where the input is above 0.
    public var above: [Effect]
    /// What shows where the input is below 0, for each unit below.
    public var below: [Effect]

    public init(above: [Effect], below: [Effect]) {
        self.above = above
        self.below = below
    }

    /// Channels that can be shown: 52 coefficients and the head's three angles.
    public static let channelCount = FaceChannels.firstHead + 3

    /// The column of a side, `channelCount` long.
    static func column(_ effects: [Effect]) -> [Double] {
        var column = [Double](repeating: 0, count: channelCount)
        for effect in effects where effect.channel.rawValue < channelCount {
            column[effect.channel.rawValue] += effect.amount
        }
        return column
    }
}

/// How far apart two faces are: the square root of dᵀWd for the difference d of their channels.
public struct FaceMetric: Sendable, Equatable {
    /// W, row-major, `FaceEffects.channelCount` squared, symmetric.
    public let weights: [Double]

    /// - Parameter weights: a symmetric matrix without negative eigenvalues.
    public init(weights: [Double]) {
        precondition(weights.count == FaceEffects.channelCount * FaceEffects.channelCount)
        self.weights = weights
    }

    /// A radian of the head counts as two whole coefficients.
    public static let headWeight = 4.0

    /// Every coefficient for itself.
    public static let coefficients: FaceMetric = {
        let count = FaceEffects.channelCount
        var weights = [Double](repeating: 0, count: count * count)
        for index in 0..<count { weights[index * count + index] = index < FaceChannels.firstHead ? 1 : headWeight }
        return FaceMetric(weights: weights)
    }()
}
