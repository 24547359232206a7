/// A series of frames of one person or one generated face, each with its time stamp in seconds.
///
/// Time stamps increase strictly; they need not be even. A frame in which nothing is sensed says that nobody was there.
public struct Track: Sendable {
    /// The channels that the source has a column for; a frame may sense fewer.
    public var channels: SensedChannels
    public var frames: [PersonFrame]
    /// How many values a reader moved to the nearest end of 0…1.
    public var clampedValues = 0

    /// A track of what was sensed; without `channels` they are the union over the frames.
    public init(frames: [PersonFrame], channels: SensedChannels? = nil) {
        self.frames = frames
        self.channels = channels ?? frames.reduce(into: []) { $0.formUnion($1.sensed) }
    }

    /// A track of generated faces: frame n stands at n / `frameRate` seconds, and every coefficient and head value counts.
    public init(faces: some Sequence<FaceFrame>, frameRate: Double) {
        channels = .face
        frames = faces.enumerated().map { index, face in
            PersonFrame(time: Double(index) / frameRate, face: face, sensed: .face)
        }
    }

    /// Seconds from the first frame to the last.
    public var duration: Double {
        guard let first = frames.first, let last = frames.last else { return 0 }
        return last.time - first.time
    }
}
