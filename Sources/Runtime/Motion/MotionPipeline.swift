import Behaviour
import FaceKit
import Motion
import Perception
import Telemetry

/// One motion tick from the person to the mixed face: sense, let scripts act, idle, listen, mix.
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
    /// Whether generators may stand still as no living one does: a recording, or an intensity of 0.
    var mayStandStill = false
    /// Who is shown each tick.
    var tap: (any RunTap)?
    /// Scripts, commands and what the robot does of itself; nil shows the generators' own frames.
    var behaviour: BehaviourStage? { didSet { performer = behaviour } }
    /// Who performs the console's commands; nil refuses them.
    var performer: (any CommandPerformer)?
    private let neutral: FaceChannels
    private(set) var isPersonPresent = false
    /// What was sensed of the person at the newest tick.
    private(set) var sensed: PersonFrame?

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
        let relaxed = portrait(.neutral)
        neutral = FaceChannels(relaxed.face, distances: relaxed.distances)
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
        let time = Double(index) * framePeriod
        sensed = person.frame(at: time)
        let isPresent = sensed?.isPresent ?? false
        if isPresent { report.counts.personFrames += 1 }
        isPersonPresent = isPresent
        if let console { performCommands(of: console, index: index, seconds: time) }
        let afterSensing = stopwatch.now()
        report.times.record(.sense, nanoseconds: afterSensing - began)
        do {
            behaviour?.begin(time: time, person: isPresent ? sensed : nil)
            let idle = try makeIdleFrame(sensed)
            let afterIdling = stopwatch.now()
            report.times.record(.suhmo, nanoseconds: afterIdling - afterSensing)
            let listening = try listener?.next(person: isPresent ? sensed : nil) ?? idle
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

    private mutating func makeIdleFrame(_ sensed: PersonFrame?) throws -> MotionFrame {
        guard idler != nil else { return portrait(sensed?.face ?? .neutral) }
        let frame = try idler?.next(person: sensed)
        report.counts.suhmoFrames += 1
        return frame ?? portrait(.neutral)
    }

    private mutating func mix(
        _ index: Int, idle: MotionFrame, listening: MotionFrame, personIsPresent: Bool
    ) -> (MotionPacket, FacePortrait) {
        let weights = behaviour?.weights ?? (idle: 1, listening: 1)
        var channels = mixer.mix(
            idle: FaceChannels(idle.face, distances: idle.distances).scaled(by: weights.idle, around: neutral),
            listening: FaceChannels(listening.face, distances: listening.distances),
            personIsPresent: personIsPresent, most: weights.listening)
        let driver = mixer.weight > 0.5 ? Driver.listening : .idle
        var landmarks = idle.landmarks
        for point in 0..<LandmarkFrame.count {
            landmarks[point] += mixer.weight * (listening.landmarks[point] - idle.landmarks[point])
        }
        channels = behaviour?.mix(channels, landmarks: &landmarks, listening: mixer.weight) ?? channels
        var packet = MotionPacket(
            index: index, channels: channels, driver: driver,
            landmarkShare: idle.image == nil ? 0 : 1 - mixer.weight,
            isGenerated: idler != nil && !mayStandStill && behaviour?.isStilled != true
                && (weights.idle > 0 || mixer.weight > 0))
        if let behaviour {
            packet.orders = behaviour.orders
            packet.person = isPersonPresent ? sensed : nil
        }
        return (
            packet,
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

extension FaceChannels {
    /// The same, smaller or larger around another frame.
    fileprivate func scaled(by share: Float, around centre: FaceChannels) -> FaceChannels {
        guard share != 1 else { return self }
        var result = centre
        for index in 0..<Self.count { result.values[index] += share * (values[index] - centre.values[index]) }
        return result
    }
}
