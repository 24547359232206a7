import Inference

/// The listener's linear response to the speaker's smile: the expected shift of the listener's own standardised smile.
///
/// Fitted in closed form (`mien_training/sfms/response.py`), because what one partner's next second owes to the other's
/// face is too small a share of its variance for token training to find soon. All inputs are differences from the
/// speaker's own 16 s mean, so that nobody's resting face is an answer.
struct SpeakerResponse: Sendable {
    /// Frames before the newest at which the speaker is read.
    static let lags = [0, 1, 2, 4, 6, 9, 13, 18, 24, 31, 39]

    private let weights: [Float]

    /// The weights stored as `response.weight`.
    init(_ source: some WeightSource) throws {
        weights = try source.vector("response.weight", count: 2 * Self.lags.count)
    }

    /// The response to speaker features [T, 15] whose newest frame is the row `newest`.
    func callAsFunction(_ features: Matrix, newest: Int) -> Float {
        var sum: Float = 0
        for (part, columns) in [(value: 0, mean: 2, has: 6), (value: 3, mean: 5, has: 7)].enumerated() {
            guard features[newest, columns.has] > 0 else { continue }
            for (place, lag) in Self.lags.enumerated() where features[newest - lag, columns.has] > 0 {
                let difference = features[newest - lag, columns.value] - features[newest, columns.mean]
                sum += weights[part * Self.lags.count + place] * difference
            }
        }
        return sum
    }
}
