import FaceKit
import Foundation
import Hardware

/// What a rerun reads of a `/person` message.
struct RecordedPersonFrame: Decodable {
    var tick: Int
    var frame: PersonFrame?

    private enum Key: String, CodingKey {
        case tick, face
        case time = "source_time_s"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        tick = try container.decode(Int.self, forKey: .tick)
        guard let time = try container.decodeIfPresent(Double.self, forKey: .time) else { return }
        frame = PersonFrame(
            time: time, sensed: try container.decodeIfPresent([String: Float?].self, forKey: .face) ?? [:])
    }
}

extension PersonFrame {
    /// What was sensed, by the names of columns; what is no number stands as null.
    init(time: Double, sensed values: [String: Float?]) {
        self.init(time: time)
        for (name, value) in values {
            guard let column = TrackColumn(name: name) else { continue }
            sense(column, value ?? .nan)
        }
    }
}

/// What a rerun and a replay read of a `/motion` message.
struct RecordedMotion: Decodable {
    var tick: Int
    var latenessUs: Double
    var made: Bool
    var driver: String?
    var listening: Float?
    var landmarkShare: Float?
    var channels: [String: Float?]?

    enum CodingKeys: String, CodingKey {
        case tick, made, driver, listening, channels
        case latenessUs = "lateness_us"
        case landmarkShare = "landmark_share"
    }
}

/// What a rerun and a plot read of a `/control` message.
struct RecordedControl: Decodable {
    var tick: Int
    var began: Nanoseconds
    var latenessUs: Double
    var frame: Int?
    var person: [String: Float?]?
    var driver: String
    var settles: Bool?
    var pressed: String?
    var cleared: Bool?
    var stopped: String?
    var lost: [String]?
    var returned: [String]?
    var resumed: [String: Double]?
    var strain: [String: Strain?]?

    /// What a servo said of itself; null stands for what is no number.
    struct Strain: Decodable {
        var temperature, load, position: Float?

        enum CodingKeys: String, CodingKey {
            case load
            case temperature = "temperature_c"
            case position = "position_rad"
        }
    }

    enum CodingKeys: String, CodingKey {
        case tick, frame, person, driver, settles, pressed, cleared, stopped, lost, returned, resumed, strain
        case began = "began_ns"
        case latenessUs = "lateness_us"
    }
}

/// What a plot reads of a `/targets` message.
struct RecordedTargets: Decodable {
    var tick: Int
    var seconds: Double
    var wanted: [String: Double?]
    var commanded: [String: Double?]

    enum CodingKeys: String, CodingKey {
        case tick, wanted, commanded
        case seconds = "time_s"
    }
}

/// What a rerun reads of a `/bus` message.
struct RecordedBytes: Decodable {
    var purpose: BusWrite.Purpose
    var start: Bool
    var began: Nanoseconds?
    var bytes: Data

    enum CodingKeys: String, CodingKey {
        case purpose, start, bytes
        case began = "tick_began_ns"
    }
}

extension BusWrite.Purpose: Decodable {}
