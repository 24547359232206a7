import FaceKit

/// The mirror: the expression of the person, as in a mirror, in place of the face's own in proportion to a gain.
///
/// What is sensed of brows, cheeks, nose, jaw and mouth counts; eyes and lids have their own reflexes, and the head is not
/// mirrored. The gain eases in and out over 0.3 s as a person comes and goes, so nothing jumps.
public struct MirrorReflex: Sendable {
    public static let gains: ClosedRange<Float> = 0...1
    private static let easeSeconds = 0.3
    private static let shapes = Blendshape.allCases.filter { !$0.name.hasPrefix("eye") }

    private let gain: Float
    private var weight: Float = 0
    private var last: PersonFrame?

    /// Mirrors with a gain: 0 nothing, 1 the person's expression alone.
    public init(gain: Float) {
        precondition(Self.gains.contains(gain))
        self.gain = gain
    }

    /// Takes in what is sensed now, `seconds` after the last time.
    public mutating func step(person: PersonFrame?, after seconds: Double) {
        let isThere = person?.isPresent ?? false
        if isThere { last = person?.mirrored }
        let step = Float(seconds / Self.easeSeconds)
        weight = isThere ? min(1, weight + step) : max(0, weight - step)
    }

    /// Changes a face.
    public func apply(to face: inout FaceFrame) {
        guard let last, weight > 0 else { return }
        for shape in Self.shapes where last.sensed.contains(SensedChannels(shape)) {
            face[shape] += gain * weight * (last.face[shape] - face[shape])
        }
    }
}
