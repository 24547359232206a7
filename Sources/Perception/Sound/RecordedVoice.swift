/// A recorded voice, heard motion frame by motion frame at 25 a second.
public struct RecordedVoice: Sendable {
    private let samples: [Float]
    private var ear = LogMel()
    private var frame: [Float] = []
    /// Motion frames that were heard.
    private var next = 1

    /// A voice that begins at time 0; samples of 16 kHz.
    public init(_ samples: [Float]) { self.samples = samples }

    /// The voice in a file.
    public init(path: String) throws { self.init(try VoiceFile.read(path)) }

    /// The columns that had ended by motion frame `index` (at index / 25 s); nil before any had, and after the end.
    /// Indices rise.
    public mutating func columns(at index: Int) -> [Float]? {
        let length = LogMel.frameSamples
        guard index >= 1, index <= samples.count / length else { return nil }
        while next <= index {
            ear.hear(samples[(next - 1) * length..<next * length], into: &frame)
            next += 1
        }
        return frame
    }
}
