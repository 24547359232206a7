import FaceKit
import Foundation
import Perception
import Telemetry

/// Where a bridge or a socket puts a person's face, and the ticks find it: the motion tick as its source, the control tick
/// at once, for its reflexes.
public final class PersonInbox: Sendable {
    fileprivate struct Entry: Sendable {
        var frame = PersonFrame()
        var arrival: Nanoseconds = .min
    }

    fileprivate let slot = LatestValueSlot(Entry())
    /// The same for the control tick's reflexes.
    let reflexes = LatestValueSlot(PersonFrame())
    private let clock: any TickClock

    /// Where the face comes from, for people.
    public let name: String

    public init(name: String = "mqtt", clock: any TickClock = SystemClock()) {
        self.name = name
        self.clock = clock
    }

    /// Takes an object like the one that `person` publishes, as JSON or CBOR, which differ in the first byte; false when
    /// it is malformed. One thread only.
    func put(_ payload: [UInt8]) -> Bool {
        let isCBOR = payload.first.map { $0 >> 5 == 5 } ?? false
        guard let json = isCBOR ? Payload(cbor: payload)?.json : payload,
            let message = try? JSONDecoder().decode(PersonMessage.self, from: Data(json)),
            let frame = message.frame
        else { return false }
        let arrival = clock.now()
        slot.put { entry in
            entry.frame = frame
            entry.arrival = arrival
        }
        reflexes.put(frame)
        return true
    }

    /// The person as the motion tick's source. One of them only.
    func makeSource() -> any PersonSource { RemotePerson(inbox: self, clock: clock) }
}

/// The person whose face comes by messages; after half a second of silence nobody is there.
private struct RemotePerson: PersonSource {
    let inbox: PersonInbox
    let clock: any TickClock
    private var newest = PersonInbox.Entry()
    private static let patience: Nanoseconds = 500_000_000

    init(inbox: PersonInbox, clock: any TickClock) {
        self.inbox = inbox
        self.clock = clock
    }

    mutating func frame(at time: Double) -> PersonFrame? {
        if let entry = inbox.slot.take() { newest = entry }
        guard newest.arrival != .min, clock.now() - newest.arrival <= Self.patience, newest.frame.isPresent else {
            return nil
        }
        newest.frame.time = time
        return newest.frame
    }
}

/// A person's face as it comes by MQTT or UDP. Keys that it does not know are left alone.
private struct PersonMessage: Decodable {
    let present: Bool?
    let coefficients: [String: Double]?
    let yaw, pitch, roll: Double?
    let x, y, z: Double?
    let voice, gazeRegion, motionEnergy: Double?

    enum CodingKeys: String, CodingKey {
        case present, coefficients, voice
        case yaw = "head_yaw_rad"
        case pitch = "head_pitch_rad"
        case roll = "head_roll_rad"
        case x = "head_x_m"
        case y = "head_y_m"
        case z = "head_z_m"
        case gazeRegion = "gaze_region"
        case motionEnergy = "motion_energy"
    }

    /// Nil when a name is unknown or a number is beyond what a face can be.
    var frame: PersonFrame? {
        var frame = PersonFrame()
        guard present != false else { return frame }
        for (name, value) in coefficients ?? [:] {
            guard let shape = Blendshape(name: name), (-0.01...1.01).contains(value) else { return nil }
            frame.face[shape] = Float(min(max(value, 0), 1))
            frame.sensed.insert(SensedChannels(shape))
        }
        let rest: [(Double?, SensedChannels, ClosedRange<Double>, WritableKeyPath<PersonFrame, Float>)] = [
            (yaw, .headYaw, -3.2...3.2, \.face.head.yaw),
            (pitch, .headPitch, -3.2...3.2, \.face.head.pitch),
            (roll, .headRoll, -3.2...3.2, \.face.head.roll),
            (x, .headX, -10...10, \.face.head.x),
            (y, .headY, -10...10, \.face.head.y),
            (z, .headZ, -10...10, \.face.head.z),
            (voice, .voice, 0...1, \.voice),
            (gazeRegion, .gazeRegion, 0...3, \.gazeRegion),
            (motionEnergy, .motionEnergy, 0...1e9, \.motionEnergy),
        ]
        for case (let value?, let channel, let range, let path) in rest {
            guard range.contains(value) else { return nil }
            frame[keyPath: path] = Float(value)
            frame.sensed.insert(channel)
        }
        return frame
    }
}
