import FaceKit

extension BehaviourCore {
    func addFaceVerbs() {
        motion("blink") { arguments in (.blink(count: Int(try arguments.number("count"))), Layer.blink) }
        motion("wink") { arguments in
            let side = try arguments.name("side", of: ["left", "right"])
            return (.blink(left: side == "left", right: side == "right", closed: 0.25), Layer.blink)
        }
        motion("smile") { arguments in
            let intensity = Float(try arguments.number("intensity"))
            let face: [Blendshape: Float] = [
                .mouthSmileLeft: intensity, .mouthSmileRight: intensity, .cheekSquintLeft: intensity * 0.5,
                .cheekSquintRight: intensity * 0.5,
            ]
            let hold = try arguments.number("seconds")
            return (.expression(face, attack: 0.4, hold: hold, release: 0.6), Layer.expression)
        }
        motion("expression") { [weak self] arguments in
            let known = self?.library.expressions ?? [:]
            let face = known[try arguments.name("name", of: Array(known.keys))] ?? [:]
            let intensity = Float(try arguments.number("intensity"))
            let clip = MotionClip.expression(
                face.mapValues { $0 * intensity }, attack: try arguments.number("attack"),
                hold: try arguments.number("hold"), release: try arguments.number("release"))
            return (clip, Layer.expression)
        }
        motion("gesture") { [weak self] arguments in
            let known = self?.library.gestures ?? [:]
            let gesture = known[try arguments.name("name", of: Array(known.keys))]
            let strength = Float(try arguments.number("strength"))
            let clip = gesture?.clip.scaled(strength: strength, duration: try arguments.number("duration"))
            return (clip ?? MotionClip(curves: [:], duration: 0), Layer.gesture)
        }
        motion("pose") { [weak self] arguments in
            let clip = try Self.pose(arguments)
            return (clip, try self?.layer(arguments) ?? Layer.expression)
        }
        motion("say") { [weak self] arguments in
            let text = try arguments.text("text")
            self?.host.note(.said(text), arguments.call.scriptName)
            let base = self?.engine.draw() ?? 0
            let clip = MotionClip.speech(text) { (base + Float($0) * 0.618).truncatingRemainder(dividingBy: 1) }
            return (clip, Layer.speaking)
        }
        addPlay()
    }

    /// The layer that an argument names.
    private func layer(_ arguments: VerbArguments) throws -> String {
        try arguments.name("layer", of: engine.layers.map(\.name))
    }

    private static func pose(_ arguments: VerbArguments) throws -> MotionClip {
        let attack = try arguments.number("attack")
        let top = attack + (try arguments.number("hold"))
        let end = top + (try arguments.number("release"))
        var curves: [FaceChannel: [MotionClip.Key]] = [:]
        for entry in try arguments.entries("face") ?? [] {
            let name = entry.key.string ?? ScriptHost.text(entry.key)
            let isAngle = name.hasPrefix("head_")
            guard let range = VerbTable.poseRanges[name],
                let channel = FaceChannel(name: isAngle ? String(name.dropLast(3)) + "rad" : name)
            else {
                let near = NearestName.to(name, among: VerbTable.poseRanges.keys).map { "; did you mean \($0)?" } ?? ""
                throw VerbArguments.Problem(message: "pose: face has no channel \(name)\(near)")
            }
            guard let value = entry.value.double, range.contains(value) else {
                throw VerbArguments.Problem(
                    message: "pose: \(name) is \(ScriptHost.text(entry.value)), expected a number from "
                        + "\(Int(range.lowerBound)) to \(Int(range.upperBound))")
            }
            let height = isAngle ? Float(value) * degree : Float(value)
            curves[channel] = [.init(0, 0), .init(attack, height), .init(top, height), .init(end, 0)]
        }
        return MotionClip(curves: curves, duration: end)
    }

    /// `play` waits for the file first, then for the move's end.
    private func addPlay() {
        register("play") { [weak self] arguments in
            guard let self else { return .fails("the robot is gone") }
            let (name, call) = (try arguments.text("track"), arguments.call)
            let (strength, speed) = (Float(try arguments.number("strength")), try arguments.number("speed"))
            let layer = try layer(arguments)
            guard let path = shelf.path(of: name, besides: call.scriptPath) else {
                return .fails("play: there is no move \"\(name)\" beside the script or among the robot's moves")
            }
            var action: BehaviourEngine.ActionID?
            func start() -> VerbResult? {
                switch self.shelf.state(of: path) {
                case .failed(let reason): return .fails("play: \(reason)")
                case .loading: return nil
                case .ready(let clip):
                    action = self.play(clip.scaled(strength: strength, duration: 1 / speed), layer: layer, call)
                    return nil
                }
            }
            if let failure = start() { return failure }
            return call.wait { [weak self] in
                guard let self else { return true }
                if let action { return !self.engine.isRunning(action) }
                switch self.shelf.state(of: path) {
                case .loading: return false
                case .failed(let reason):
                    self.host.note(.log("play: \(reason)"), call.scriptName)
                    return true
                case .ready(let clip):
                    action = self.play(clip.scaled(strength: strength, duration: 1 / speed), layer: layer, call)
                    return false
                }
            }
        }
    }
}
