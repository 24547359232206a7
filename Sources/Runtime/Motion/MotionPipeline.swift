import Behaviour
import FaceKit
import Motion
import Perception
import Telemetry

/// One motion tick from the person to the mixed face: sense, idle, listen, mix.
///
/// Both generators are stepped at every tick, so that either is warm when the mixer turns to it. A generator that
/// throws makes no frame; the control tick then falls back by itself.
public struct MotionPipeline {
    /// What the generators made so far.
    public struct Counts: Sendable {
        public var suhmoFrames = 0
        public var sfmsFrames = 0
        public var personFrames = 0
        public var failed = 0
        public init() {}
    }

    /// What the motion thread did, to be read after it ended.
    public struct Report: Sendable {
        public var counts = Counts()
        public var times = StageTimes()
        /// What a generator said when it failed last, if one did.
        public var lastFailure: String?
        public init() {}
    }

    public private(set) var report = Report()

    private var person: any PersonSource
    private var idler: (any MotionStream)?
    private var listener: (any MotionStream)?
    private var mixer: ListeningMixer
    private let framePeriod: Double
    private let portrait: @Sendable (FaceFrame) -> MotionFrame
    private let stopwatch = SystemClock()
    private let console: Console?
    /// Who is shown each tick.
    var tap: (any RunTap)?
    /// Who performs the console's commands; nil refuses them.
    var performer: (any CommandPerformer)?
    private(set) var isPersonPresent = false
    /// What was sensed of the person at the newest tick.
    private(set) var sensed: PersonFrame?
    /// Blinks and the mirror, where they were asked for.
    var reflexes: Reflexes?

    /// A pipeline without an idler shows the person's own face (or neutral) instead; without a listener it only idles.
    /// `portrait` turns a face frame into all the forms that a motion frame has; `console` is where commands come from.
    public init(
        person: any PersonSource, idler: (any MotionStream)?, listener: (any MotionStream)?, frameRate: Double,
        portrait: @escaping @Sendable (FaceFrame) -> MotionFrame, console: Console? = nil
    ) {
        self.console = console
        self.person = person
        self.idler = idler
        self.listener = listener
        self.portrait = portrait
        mixer = ListeningMixer(frameRate: frameRate)
        framePeriod = 1 / frameRate
    }

    /// Makes the frame of motion tick `index`, which began `lateness` nanoseconds late; nil if a generator failed.
    public mutating func tick(
        _ index: Int, lateness: Nanoseconds
    ) -> (packet: MotionPacket, portrait: FacePortrait)? {
        let made = make(index, lateness: lateness)
        tap?.motionTick(
            MotionMoment(
                index: index, lateness: lateness, person: sensed, packet: made?.packet,
                listening: made?.portrait.listening ?? 0))
        return made
    }

    private mutating func make(
        _ index: Int, lateness: Nanoseconds
    ) -> (packet: MotionPacket, portrait: FacePortrait)? {
        let began = stopwatch.now()
        report.times.record(.motionLateness, nanoseconds: lateness)
        defer { report.times.record(.motionTick, nanoseconds: stopwatch.now() - began) }
        sensed = person.frame(at: Double(index) * framePeriod)
        let isPresent = sensed?.isPresent ?? false
        if isPresent { report.counts.personFrames += 1 }
        isPersonPresent = isPresent
        if let console { performCommands(of: console, index: index, seconds: Double(index) * framePeriod) }
        let afterSensing = stopwatch.now()
        report.times.record(.sense, nanoseconds: afterSensing - began)
        do {
            reflexes?.step(person: isPresent ? sensed : nil)
            let idle = withReflexes(try makeIdleFrame(sensed))
            let afterIdling = stopwatch.now()
            report.times.record(.suhmo, nanoseconds: afterIdling - afterSensing)
            let listening = (try listener?.next(person: isPresent ? sensed : nil)).map(withReflexes) ?? idle
            if listener != nil {
                report.counts.sfmsFrames += 1
                report.times.record(.sfms, nanoseconds: stopwatch.now() - afterIdling)
            }
            return mix(index, idle: idle, listening: listening, personIsPresent: isPresent && listener != nil)
        } catch {
            report.counts.failed += 1
            report.lastFailure = String(describing: error)
            return nil
        }
    }

    private func withReflexes(_ frame: MotionFrame) -> MotionFrame { reflexes?.applied(to: frame) ?? frame }

    private mutating func makeIdleFrame(_ sensed: PersonFrame?) throws -> MotionFrame {
        guard idler != nil else { return portrait(sensed?.face ?? .neutral) }
        let frame = try idler?.next(person: sensed)
        report.counts.suhmoFrames += 1
        return frame ?? portrait(.neutral)
    }

    private mutating func mix(
        _ index: Int, idle: MotionFrame, listening: MotionFrame, personIsPresent: Bool
    ) -> (MotionPacket, FacePortrait) {
        let channels = mixer.mix(
            idle: FaceChannels(idle.face, distances: idle.distances),
            listening: FaceChannels(listening.face, distances: listening.distances),
            personIsPresent: personIsPresent)
        let driver = mixer.weight > 0.5 ? Driver.listening : .idle
        var landmarks = idle.landmarks
        for point in 0..<LandmarkFrame.count {
            landmarks[point] += mixer.weight * (listening.landmarks[point] - idle.landmarks[point])
        }
        return (
            MotionPacket(
                index: index, channels: channels, driver: driver,
                landmarkShare: idle.image == nil ? 0 : 1 - mixer.weight, isGenerated: idler != nil),
            FacePortrait(landmarks: landmarks, listening: mixer.weight, personIsPresent: personIsPresent)
        )
    }
}

/// The face of one motion frame as the dashboards draw it, stored inline.
public struct FacePortrait: Sendable {
    /// Metres, head pose applied.
    public var landmarks: LandmarkFrame
    /// The weight of listening, 0 to 1.
    public var listening: Float
    public var personIsPresent: Bool

    public init(landmarks: LandmarkFrame = LandmarkFrame(), listening: Float = 0, personIsPresent: Bool = false) {
        self.landmarks = landmarks
        self.listening = listening
        self.personIsPresent = personIsPresent
    }
}
