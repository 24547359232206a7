import FaceKit
import Foundation

/// Reads recorded moves as motions: Mien's own tracks, and the JSON moves of Reachy Mini.
public enum RecordedMove {
    /// What keeps a move from being read.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case tooLarge(file: String, bytes: Int)
        case notJSON(file: String)
        case missing(file: String, key: String)
        case wrongCount(file: String, times: Int, poses: Int)
        case timesNotRising(file: String, index: Int)
        case wrongPose(file: String, index: Int)
        case empty(file: String)

        public var description: String {
            switch self {
            case .tooLarge(let file, let bytes):
                "\(file): has \(bytes) bytes, expected a move of at most \(sizeLimit)"
            case .notJSON(let file): "\(file): is not JSON"
            case .missing(let file, let key): "\(file): \"\(key)\" is missing, expected a recorded move of Reachy Mini"
            case .wrongCount(let file, let times, let poses):
                "\(file): has \(times) times and \(poses) poses, expected as many of the one as of the other"
            case .timesNotRising(let file, let index):
                "\(file): time \(index) is not above the one before it, expected seconds that rise"
            case .wrongPose(let file, let index):
                "\(file): pose \(index) has no head of 4 by 4 finite numbers that is a rotation"
            case .empty(let file): "\(file): has fewer than two frames"
            }
        }
    }

    /// The most bytes that a file may have.
    public static let sizeLimit = 32 << 20
    /// Seconds over which a move takes over and lets go.
    private static let ease = 0.3

    public static func read(_ path: String) throws -> MotionClip {
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard bytes <= sizeLimit else { throw Problem.tooLarge(file: path, bytes: bytes) }
        if path.lowercased().hasSuffix(".json") {
            return try reachy(Data(contentsOf: URL(fileURLWithPath: path)), file: path)
        }
        return try clip(TrackReader.read(path), file: path)
    }

    /// A track as a motion: the channels that it has sensed.
    static func clip(_ track: Track, file: String) throws -> MotionClip {
        guard let first = track.frames.first, let last = track.frames.last, track.frames.count > 1 else {
            throw Problem.empty(file: file)
        }
        var curves: [MotionClip.Curve] = []
        for index in 0..<FaceChannels.firstDistance {
            guard let channel = FaceChannel(rawValue: index), let column = TrackColumn(rawValue: index) else {
                continue
            }
            let keys = track.frames.compactMap { frame in
                frame.value(column).map { MotionClip.Key(frame.time - first.time, $0) }
            }
            if !keys.isEmpty { curves.append(eased(channel, keys)) }
        }
        return MotionClip(curves: curves, duration: last.time - first.time + 2 * ease)
    }

    private struct ReachyFile: Decodable {
        struct Target: Decodable {
            var head: [[Double]]?
            var bodyYaw: Double?

            enum CodingKeys: String, CodingKey {
                case head
                case bodyYaw = "body_yaw"
            }
        }
        var time: [Double]?
        var targets: [Target]?

        enum CodingKeys: String, CodingKey {
            case time
            case targets = "set_target_data"
        }
    }

    /// A move as Reachy Mini's player writes it: times, and for each a head pose (4 by 4, x ahead, y left, z up, metres)
    /// and the body's yaw, which the head's is added to. Antennas have no place in a face.
    static func reachy(_ data: Data, file: String) throws -> MotionClip {
        guard let content = try? JSONDecoder().decode(ReachyFile.self, from: data) else {
            throw Problem.notJSON(file: file)
        }
        guard let times = content.time else { throw Problem.missing(file: file, key: "time") }
        guard let targets = content.targets else { throw Problem.missing(file: file, key: "set_target_data") }
        guard times.count == targets.count else {
            throw Problem.wrongCount(file: file, times: times.count, poses: targets.count)
        }
        guard times.count > 1 else { throw Problem.empty(file: file) }
        var columns = [[MotionClip.Key]](repeating: [], count: 6)
        for (index, target) in targets.enumerated() {
            guard times[index].isFinite, index == 0 || times[index] > times[index - 1] else {
                throw Problem.timesNotRising(file: file, index: index)
            }
            guard let pose = pose(target.head ?? [], bodyYaw: target.bodyYaw ?? 0) else {
                throw Problem.wrongPose(file: file, index: index)
            }
            for column in 0..<6 {
                columns[column].append(MotionClip.Key(times[index] - times[0], pose[column]))
            }
        }
        let curves = columns.enumerated().compactMap { column, keys in
            FaceChannel(rawValue: FaceChannels.firstHead + column).map { eased($0, keys) }
        }
        return MotionClip(curves: curves, duration: times[times.count - 1] - times[0] + 2 * ease)
    }

    /// Yaw, pitch, roll (rad) and x, y, z (m) as Mien has them: the same angles in the same order, with x to the left, y
    /// up and z ahead.
    private static func pose(_ rows: [[Double]], bodyYaw: Double) -> [Float]? {
        guard rows.count == 4, rows.allSatisfy({ $0.count == 4 && $0.allSatisfy(\.isFinite) }), bodyYaw.isFinite,
            abs(bodyYaw) <= .pi
        else { return nil }
        for row in 0..<3 {
            let length = (0..<3).map { rows[row][$0] * rows[row][$0] }.reduce(0, +)
            guard abs(length - 1) < 0.01, abs(rows[row][3]) < 1 else { return nil }
        }
        let yaw = atan2(rows[1][0], rows[0][0]) + bodyYaw
        let pitch = asin(min(max(-rows[2][0], -1), 1))
        let roll = atan2(rows[2][1], rows[2][2])
        return [yaw, pitch, roll, rows[1][3], rows[2][3], rows[0][3]].map(Float.init)
    }

    /// A recording with a way into its first value and out of its last.
    private static func eased(_ channel: FaceChannel, _ keys: [MotionClip.Key]) -> MotionClip.Curve {
        let isHead = channel.rawValue >= FaceChannels.firstHead
        let start = MotionClip.Key(0, isHead ? 0 : keys[0].value)
        let moved = keys.map { MotionClip.Key($0.time + ease, $0.value) }
        let end = MotionClip.Key((moved.last?.time ?? 0) + ease, isHead ? 0 : moved.last?.value ?? 0)
        return MotionClip.Curve(channel: channel, keys: [start] + moved + [end], isRecorded: true)
    }
}
