import CSampleRate
import CSndFile

/// A recorded voice: a WAV, FLAC or Ogg file as one voice at 16 kHz, the mean of its channels, whatever its rate.
public enum VoiceFile {
    /// Why a file is no voice.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case unreadable(path: String, reason: String)
        case badRate(path: String, rate: Int)
        case tooManyChannels(path: String, count: Int)
        case notFinite(path: String, sample: Int)
        case empty(path: String)

        public var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): cannot be read as sound: \(reason)"
            case .badRate(let path, let rate):
                "\(path): has \(rate) samples a second, expected \(VoiceFile.rates.lowerBound) to "
                    + "\(VoiceFile.rates.upperBound)"
            case .tooManyChannels(let path, let count):
                "\(path): has \(count) channels, expected 1 to \(VoiceFile.mostChannels)"
            case .notFinite(let path, let sample): "\(path): sample \(sample) is not a finite number"
            case .empty(let path): "\(path): has no samples"
            }
        }
    }

    /// Samples a second that are taken; beyond them a rate converter's ratio makes no voice.
    static let rates = 4_000...384_000
    static let mostChannels = 64
    private static let chunk = 4096

    /// The samples of a file, −1 to 1.
    public static func read(_ path: String) throws -> [Float] {
        var info = SF_INFO()
        guard let file = sf_open(path, Int32(SFM_READ), &info) else {
            throw Error.unreadable(path: path, reason: String(cString: sf_strerror(nil)))
        }
        defer { sf_close(file) }
        let (rate, channels) = (Int(info.samplerate), Int(info.channels))
        guard rates.contains(rate) else { throw Error.badRate(path: path, rate: rate) }
        guard (1...mostChannels).contains(channels) else { throw Error.tooManyChannels(path: path, count: channels) }
        let converter = rate == LogMel.rate ? nil : try RateConverter(from: rate, path: path)
        var (voice, taken): ([Float], Int) = ([], 0)
        var buffer = [Float](repeating: 0, count: chunk * channels)
        while true {
            let frames = Int(sf_readf_float(file, &buffer, sf_count_t(chunk)))
            var mono = [Float](repeating: 0, count: max(frames, 0))
            for frame in mono.indices {
                var sum: Float = 0
                for channel in 0..<channels { sum += buffer[frame * channels + channel] }
                mono[frame] = sum / Float(channels)
            }
            if let bad = mono.firstIndex(where: { !$0.isFinite }) {
                throw Error.notFinite(path: path, sample: taken + bad)
            }
            taken += mono.count
            if converter != nil {
                try converter?.convert(mono, isLast: frames < chunk, into: &voice)
            } else {
                voice += mono
            }
            if frames < chunk { break }
        }
        guard sf_error(file) == 0 else {
            throw Error.unreadable(path: path, reason: String(cString: sf_strerror(file)))
        }
        guard taken > 0 else { throw Error.empty(path: path) }
        return voice
    }
}

/// libsamplerate's band-limited conversion to 16 kHz, chunk by chunk.
private struct RateConverter: ~Copyable {
    private let state: OpaquePointer
    private let ratio: Double
    private let path: String

    init(from rate: Int, path: String) throws {
        var code: Int32 = 0
        guard let state = src_new(Int32(SRC_SINC_MEDIUM_QUALITY), 1, &code) else {
            throw VoiceFile.Error.unreadable(path: path, reason: String(cString: src_strerror(code)))
        }
        self.state = state
        self.path = path
        ratio = Double(LogMel.rate) / Double(rate)
    }

    deinit { src_delete(state) }

    /// Converts a chunk and adds what comes out; after the last one everything has.
    func convert(_ input: [Float], isLast: Bool, into output: inout [Float]) throws {
        var made = [Float](repeating: 0, count: Int(Double(input.count) * ratio) + 256)
        var (used, code): (Int, Int32) = (0, 0)
        var more = true
        while more {
            let (count, start) = (input.count - used, used)
            var produced = 0
            input.withUnsafeBufferPointer { source in
                made.withUnsafeMutableBufferPointer { target in
                    var data = SRC_DATA()
                    data.data_in = source.baseAddress.map { $0 + start }
                    data.data_out = target.baseAddress
                    data.input_frames = count
                    data.output_frames = target.count
                    data.src_ratio = ratio
                    data.end_of_input = isLast ? 1 : 0
                    code = src_process(state, &data)
                    used += data.input_frames_used
                    produced = data.output_frames_gen
                }
            }
            guard code == 0 else {
                throw VoiceFile.Error.unreadable(path: path, reason: String(cString: src_strerror(code)))
            }
            output += made[..<produced]
            more = produced == made.count || (used < input.count && produced > 0)
        }
    }
}
