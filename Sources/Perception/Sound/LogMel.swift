import FaceKit

/// Log-mel columns of a voice, causal: what a listener with an ear hears, motion frame by motion frame.
///
/// 16 kHz, one voice, samples of −1 to 1. A column is 25 ms under a Hann window, its power spectrum through 64 triangles
/// on Slaney's mel scale (librosa's default), and the natural logarithm, not below that of 10⁻¹⁰ (−100 dB). Columns come
/// every 10 ms and see nothing after their end; before the first sample is silence. A motion frame has the four columns
/// that ended by its instant, the oldest first. The spectrum is a product with a table, in double precision and in one
/// order: a tenth of a millisecond a frame, and the same bytes on any machine, which no FFT library's plans promise.
/// `mien_training/sound.py` is the twin.
public struct LogMel: Sendable {
    /// Samples a second.
    public static let rate = 16_000
    /// Samples of a motion frame at 25 a second.
    public static let frameSamples = 640
    /// Columns of a motion frame: four of 64 bands.
    public static let columns = stack * MelTables.bands
    /// What weights that read these say in `audio_kind`.
    public static let kind = "log-mel-64x4"

    static let stack = 4
    static let hop = 160
    static let floor = 1e-10

    /// The last window's samples, the newest last.
    private var window = [Double](repeating: 0, count: MelTables.window)
    private var spectrum = [Double](repeating: 0, count: 2 * MelTables.bins)
    private let tables = MelTables.shared

    public init() {}

    /// Takes the 640 samples of a motion frame and writes its columns; only `frame` may allocate, when it is too short.
    public mutating func hear(_ samples: ArraySlice<Float>, into frame: inout [Float]) {
        precondition(samples.count == Self.frameSamples, "a motion frame has 640 samples")
        if frame.count != Self.columns { frame = [Float](repeating: 0, count: Self.columns) }
        for column in 0..<Self.stack {
            let kept = MelTables.window - Self.hop
            for index in 0..<kept { window[index] = window[index + Self.hop] }
            let first = samples.startIndex + column * Self.hop
            for index in 0..<Self.hop { window[kept + index] = Double(samples[first + index]) }
            transform()
            for band in 0..<MelTables.bands {
                let power = max(tables.power(of: band, spectrum), Self.floor)
                frame[column * MelTables.bands + band] = Float(PortableMath.log(power))
            }
        }
    }

    /// The windowed samples' cosine and sine sums of each bin.
    private mutating func transform() {
        let count = spectrum.count
        spectrum.withUnsafeMutableBufferPointer { sums in
            sums.update(repeating: 0)
            tables.waves.withUnsafeBufferPointer { waves in
                for (place, sample) in window.enumerated() {
                    let row = UnsafeBufferPointer(rebasing: waves[place * count..<(place + 1) * count])
                    for index in 0..<count { sums[index] += sample * row[index] }
                }
            }
        }
    }
}

/// The constants of a log-mel column: windowed cosines and sines, and the triangles over the spectrum's bins.
struct MelTables: Sendable {
    static let window = 400
    static let bins = window / 2 + 1
    static let bands = 64
    static let shared = MelTables()

    /// For each sample of a window its part of every bin's cosine, then of every bin's sine: [400, 2 · 201].
    let waves: [Double]
    /// The bins of each triangle and their weights.
    private let triangles: [(first: Int, weights: [Double])]

    private init() {
        let turn = 2 * Double.pi / Double(Self.window)
        var waves: [Double] = []
        waves.reserveCapacity(Self.window * 2 * Self.bins)
        for sample in 0..<Self.window {
            let hann = 0.5 - 0.5 * PortableMath.cos(turn * Double(sample))
            for wave in [PortableMath.cos, PortableMath.sin] {
                for bin in 0..<Self.bins { waves.append(hann * wave(turn * Double(sample * bin % Self.window))) }
            }
        }
        self.waves = waves
        let top = Self.mel(Double(LogMel.rate) / 2)
        let edges = (0..<Self.bands + 2).map { Self.hertz(top * Double($0) / Double(Self.bands + 1)) }
        let spacing = Double(LogMel.rate) / Double(Self.window)
        triangles = (0..<Self.bands).map { band in
            let (low, middle, high) = (edges[band], edges[band + 1], edges[band + 2])
            let weights = (0..<Self.bins).map { bin in
                let hertz = Double(bin) * spacing
                return max(min((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0) * 2 / (high - low)
            }
            let first = weights.firstIndex { $0 > 0 } ?? 0
            return (first, Array(weights[first...].prefix { $0 > 0 }))
        }
    }

    /// The power in a band of a spectrum of cosine and sine sums.
    func power(of band: Int, _ spectrum: [Double]) -> Double {
        let (first, weights) = triangles[band]
        var sum = 0.0
        for (place, weight) in weights.enumerated() {
            let (cosine, sine) = (spectrum[first + place], spectrum[Self.bins + first + place])
            sum += weight * (cosine * cosine + sine * sine)
        }
        return sum
    }

    /// Slaney's mel scale: straight below 1 kHz, logarithmic above.
    private static func mel(_ hertz: Double) -> Double {
        hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * PortableMath.log(hertz / 1000) / PortableMath.log(6.4)
    }

    private static func hertz(_ mel: Double) -> Double {
        mel < 15 ? 200 * mel / 3 : 1000 * PortableMath.exp(PortableMath.log(6.4) * (mel - 15) / 27)
    }
}
