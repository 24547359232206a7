import FaceKit

/// What a script knows of the person.
public struct PersonState: Sendable, Equatable {
    public private(set) var isPresent = false
    public private(set) var isSmiling = false
    public private(set) var isSpeaking = false
    public private(set) var looksAtMe = false
    /// rad.
    public private(set) var yaw: Float = 0
    public private(set) var pitch: Float = 0
    public private(set) var roll: Float = 0
    /// Where they are as the robot sees it, rad to its left and down, for a person at a conversation's distance, as small
    /// angles; 0 where
    /// the tracker does not tell.
    public private(set) var bearing: Float = 0
    public private(set) var elevation: Float = 0
    private static let distance: Float = 0.8
    /// 0 to 1.
    public private(set) var smile: Float = 0
    /// Seconds at which each was last so; −∞ for never.
    public private(set) var seenAt = -Double.infinity
    public private(set) var smiledAt = -Double.infinity
    public private(set) var spokeAt = -Double.infinity
    /// Whether a voice is heard, or a mouth seen to speak, in this very frame.
    public private(set) var isVoiced = false
    /// Hz; nil where it is not sensed.
    public private(set) var voicePitch: Float?
    private var jaw: Float = 0
    private var jawMotion: Float = 0
    private var lookedSince: Double?

    init() {}

    /// Takes what is sensed; gives the names of what has changed.
    mutating func update(_ frame: PersonFrame?, time: Double) -> [String] {
        var changes: [String] = []
        let here = frame?.isPresent ?? false
        // A tracker's drop-outs of less than half a second are not seen.
        let present = here || (isPresent && time - seenAt < 0.5)
        if present != isPresent { changes.append(present ? "person_appeared" : "person_left") }
        isPresent = present
        guard let frame, here else {
            if !present { changes += clear() }
            return changes
        }
        seenAt = time
        (yaw, pitch, roll) = (frame.face.head.yaw, frame.face.head.pitch, frame.face.head.roll)
        let direction = Self.bearing(frame)
        (bearing, elevation) = (direction.x, direction.y)
        smile = (frame.face[.mouthSmileLeft] + frame.face[.mouthSmileRight]) / 2
        let smiling = isSmiling ? smile > 0.2 : smile > 0.35
        if smiling != isSmiling { changes.append(smiling ? "smile_started" : "smile_ended") }
        isSmiling = smiling
        if smiling { smiledAt = time }
        changes += hear(frame, time: time)
        let looks = abs(yaw) < 0.35 && abs(pitch) < 0.35
        if looks, !looksAtMe { changes.append("looked_at_me") }
        looksAtMe = looks
        return changes
    }

    /// Where somebody is as the robot sees them, rad to its left and down: the person's left is the robot's right.
    static func bearing(_ frame: PersonFrame) -> SIMD2<Float> {
        SIMD2(
            frame.sensed.contains(.headX) ? -frame.face.head.x / distance : 0,
            frame.sensed.contains(.headY) ? -frame.face.head.y / distance : 0)
    }

    /// Voice where it is sensed, else the jaw's restlessness.
    private mutating func hear(_ frame: PersonFrame, time: Double) -> [String] {
        let now = frame.face[.jawOpen]
        jawMotion += (abs(now - jaw) - jawMotion) * 0.15
        jaw = now
        isVoiced =
            frame.sensed.contains(.voice) ? frame.voice > 0.5 : jawMotion > (isSpeaking ? 0.008 : 0.02)
        voicePitch = isVoiced && frame.sensed.contains(.voicePitch) ? frame.voicePitch : nil
        if isVoiced { spokeAt = time }
        // Pauses of less than half a second belong to speech.
        let speaking = isVoiced || (isSpeaking && time - spokeAt < 0.5)
        defer { isSpeaking = speaking }
        return speaking == isSpeaking ? [] : [speaking ? "speech_started" : "speech_ended"]
    }

    private mutating func clear() -> [String] {
        var changes: [String] = []
        if isSmiling { changes.append("smile_ended") }
        if isSpeaking { changes.append("speech_ended") }
        (isSmiling, isSpeaking, looksAtMe, isVoiced, smile, jawMotion) = (false, false, false, false, 0, 0)
        voicePitch = nil
        return changes
    }
}
