import FaceKit

extension BehaviourCore {
    func addHeadVerbs() {
        motion("look_at") { arguments in
            let clip = MotionClip.look(
                yaw: try arguments.angle("yaw_deg"), pitch: try arguments.angle("pitch_deg"), attack: 0.4,
                hold: try arguments.number("seconds"))
            return (clip, Layer.gaze)
        }
        motion("glance") { arguments in
            let (yaw, pitch) = (try arguments.angle("yaw_deg"), try arguments.angle("pitch_deg"))
            return (.look(yaw: yaw, pitch: pitch, attack: 0.15, hold: 0.5), Layer.gaze)
        }
        motion("gaze_away") { [weak self] arguments in
            let side: Float = (self?.engine.draw() ?? 0) < 0.5 ? -1 : 1
            let hold = try arguments.number("seconds")
            return (.look(yaw: side * 0.25, pitch: 0.05, attack: 0.25, hold: hold), Layer.gaze)
        }
        motion("attend") { [weak self] arguments in
            let person = self?.engine.person
            // Towards the person's face, as far as the tracker tells where it is.
            let clip = MotionClip.look(
                yaw: person?.bearing ?? 0, pitch: person?.elevation ?? 0, attack: 0.3,
                hold: try arguments.number("seconds"))
            return (clip, Layer.gaze)
        }
        motion("think") { [weak self] arguments in
            let seconds = try arguments.number("seconds")
            self?.engine.think(seconds: seconds)
            let side: Float = (self?.engine.draw() ?? 0) < 0.5 ? -1 : 1
            let hold = max(0, seconds - 0.8)
            return (.look(yaw: side * 0.12, pitch: -0.18, attack: 0.3, hold: hold), Layer.gaze)
        }
        motion("nod") { arguments in
            let count = Int(try arguments.number("count"))
            let cycle = try arguments.optionalNumber("seconds").map { $0 / Double(count) } ?? 0.40
            return (.nod(count: count, amplitude: try arguments.angle("amplitude_deg"), cycle: cycle), Layer.gesture)
        }
        motion("shake") { arguments in
            let count = Int(try arguments.number("count"))
            let cycle = try arguments.optionalNumber("seconds").map { $0 / Double(count) } ?? 0.55
            return (.shake(count: count, amplitude: try arguments.angle("amplitude_deg"), cycle: cycle), Layer.gesture)
        }
        motion("tilt") { arguments in
            (.tilt(angle: try arguments.angle("angle_deg"), hold: try arguments.number("seconds")), Layer.gesture)
        }
    }
}
