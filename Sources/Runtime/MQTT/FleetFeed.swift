import FaceKit
import Telemetry

/// A robot that is light enough to be one of five hundred in a test of brokers: it says all that a real one says, at the
/// same rates and lengths, with a face and servos that move along sines.
public final class FleetFeed: RobotFeed {
    public let identity: RobotIdentity
    private let phase: Double
    private let servos: Int
    private var seconds = 0.0
    private let began: Nanoseconds
    private var performed = 0
    private static let names = Blendshape.names

    public init(number: Int, servos: Int = 23, startingAt began: Nanoseconds) {
        var identity = RobotIdentity(name: "fleet-\(number)", type: "fleet", version: Abilities.version)
        identity.verbs = ["emergency_stop", "gesture", "intensity"]
        identity.gestures = ["nod"]
        self.identity = identity
        self.servos = servos
        self.began = began
        phase = Double(number)
    }

    public func refresh(at now: Nanoseconds) { seconds = Double(now - began) / 1e9 }

    private func wave(_ index: Int) -> Double { 0.5 + 0.5 * PortableMath.sin(seconds + phase + Double(index)) }

    private var time: Payload { .number(seconds, decimals: 3) }

    private var face: [Payload.Member] {
        [
            .init(
                "coefficients",
                .object(Self.names.enumerated().map { Payload.Member($1, .number(wave($0))) }))
        ] + FaceChannel.headNames.enumerated().map { .init($1, .number(0.2 * wave($0) - 0.1)) }
    }

    private var landmarks: Payload.Member { .init("landmarks", .list((0..<136).map { .number(wave($0)) })) }

    public func payload(of topic: Topic) -> Payload? {
        switch topic {
        case .face: .object([.init("t_s", time)] + face + [landmarks])
        case .person:
            .object(
                [.init("t_s", time), .init("present", true)] + face
                    + [
                        .init("voice", .number(wave(3))), .init("gaze_region", 2),
                        .init("motion_energy", .number(wave(4))), landmarks,
                    ])
        case .actuators:
            [
                "t_s": time,
                "actuators": .list(
                    (0..<servos).map { index in
                        [
                            "name": .text("servo-\(index)"), "target": .number(wave(index)),
                            "present": .number(wave(index + 1)), "load": .number(wave(index) - 0.5, decimals: 3),
                            "temperature_c": .number(35 + wave(index), decimals: 1),
                        ]
                    }),
            ]
        case .state:
            [
                "t_s": time, "driver": "listening", "mode": "auto", "emergency_stop": false,
                "emergency_stop_cause": .null, "person_present": true, "attention": .number(wave(5), decimals: 2),
                "smile": .number(wave(6), decimals: 2), "intensity": 1, "line_lost": false,
                "recording": .null,
                "temperature_max_c": .number(36 + wave(7), decimals: 1), "late_ticks": 0, "violations": 0,
            ]
        case .scheduler:
            [
                "t_s": time, "ticks": .integer(Int(seconds * 100)), "late": 0, "skipped": 0, "lateness_p50_us": 20,
                "lateness_p99_us": 50, "lateness_max_us": 60, "tick_p50_us": 45, "tick_p99_us": 90,
                "latency_ms": .number(40.02), "frames_played": .integer(Int(seconds * 25)), "frames_missed": 0,
                "fallbacks": 0, "interventions": 0, "violations": 0,
            ]
        case .layers:
            ["t_s": time, "layers": [["name": "idle", "priority": 0, "weight": 1]], "drivers": ["head": "idle"]]
        case .scripts: ["t_s": 0, "scripts": []]
        case .info: ["robot": .text(identity.name), "type": "fleet"]
        case .actuatorsInfo: ["unit": "rad", "actuators": []]
        default: nil
        }
    }

    public func takeNotes() -> (notes: [RobotNote], dropped: Int) { ([], 0) }

    public func perform(_ verb: String, payload: [UInt8], answer: @escaping (Payload, Bool) -> Void) {
        performed += 1
        answer(["ok": true], false)
    }

    public func takePerson(_ payload: [UInt8]) -> Bool { false }
}
