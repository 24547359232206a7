import FaceKit

extension BehaviourCore {
    func addAttitudeVerbs() {
        setting("listen") { [weak self] arguments in
            guard let self else { return }
            engine.habits.givesBackchannels = try arguments.flag("backchannels")
            engine.habits.nodAmplitude = try arguments.angle("nod_deg")
            let weight = Float(try arguments.number("weight"))
            engine.weigh(Layer.listening, try arguments.flag("on") ? weight : 0)
        }
        setting("idle") { [weak self] arguments in
            guard let self else { return }
            engine.habits.isOn = try arguments.flag("on")
            engine.habits.blinkRate = try arguments.optionalNumber("blink_rate")
            engine.intensity = Float(try arguments.number("intensity"))
            engine.weigh(Layer.idle, Float(try arguments.number("weight")))
        }
        setting("mirror") { [weak self] arguments in
            self?.engine.mirrorGain = Float(try arguments.number("gain"))
            self?.engine.mirrorDelay = try arguments.number("delay")
        }
        setting("layer") { [weak self] arguments in try self?.changeLayer(arguments) }
        setting("priority") { arguments in arguments.call.setRank(Int(try arguments.number("value"))) }
        setting("stop") { [weak self] arguments in
            guard let self else { return }
            let layer =
                arguments.value("layer") == nil ? nil : try arguments.name("layer", of: engine.layers.map(\.name))
            engine.stop(layer: layer, owner: arguments.call.scriptName)
        }
        setting("emergency_stop") { [weak self] arguments in
            let reason = try arguments.text("reason")
            self?.host.note(.emergencyStop(reason), arguments.call.scriptName)
            self?.emergencyStop(reason)
        }
    }

    private func changeLayer(_ arguments: VerbArguments) throws {
        let name = try arguments.text("name")
        guard !name.isEmpty, name.utf8.count <= 40 else {
            throw VerbArguments.Problem(message: "layer: name is \"\(name)\", expected 1 to 40 letters")
        }
        var layer = engine.layer(name) ?? Layer(name: name, priority: 80)
        if let priority = try arguments.optionalNumber("priority") { layer.priority = Int(priority) }
        if let weight = try arguments.optionalNumber("weight") { layer.weight = Float(weight) }
        if let attack = try arguments.optionalNumber("attack") { layer.attack = attack }
        if let release = try arguments.optionalNumber("release") { layer.release = release }
        if let channels = try arguments.entries("channels") {
            layer.claims = try Set(
                channels.map { entry in
                    guard let group = entry.value.string.flatMap(ChannelGroup.init) else {
                        let known = ChannelGroup.allCases.map(\.rawValue).joined(separator: ", ")
                        throw VerbArguments.Problem(
                            message: "layer: channels has \(ScriptHost.text(entry.value)), expected \(known)")
                    }
                    return group
                })
        }
        guard engine.set(layer, owner: arguments.call.scriptName) else {
            throw VerbArguments.Problem(
                message: "layer: there are \(BehaviourEngine.layerLimit) layers already, more cannot be made")
        }
    }

    func addFacts() {
        for fact in VerbTable.personFacts {
            host.register(fact.name, in: "person_facts") { [weak self] _ in
                .returns([self?.personFact(fact.name) ?? .none])
            }
        }
        for fact in VerbTable.robotFacts {
            host.register(fact.name, in: "robot_facts") { [weak self] _ in
                .returns([self?.robotFact(fact.name) ?? .none])
            }
        }
    }

    private func personFact(_ name: String) -> LuaValue {
        let person = engine.person
        func since(_ time: Double) -> LuaValue { .number(host.time - time) }
        return switch name {
        case "present": .boolean(person.isPresent)
        case "smiling": .boolean(person.isSmiling)
        case "speaking": .boolean(person.isSpeaking)
        case "looking_at_me": .boolean(person.looksAtMe)
        case "smile": .number(Double(person.smile))
        case "head": Self.head(person.yaw, person.pitch, person.roll)
        case "seconds_since_seen": since(person.seenAt)
        case "seconds_since_smile": since(person.smiledAt)
        case "seconds_since_speech": since(person.spokeAt)
        default: .none
        }
    }

    private func robotFact(_ name: String) -> LuaValue {
        let first = FaceChannels.firstHead
        return switch name {
        case "name": .text(robot)
        case "mode": .text(engine.mode.rawValue)
        case "speaking": .boolean(engine.isSpeaking)
        case "intensity": .number(Double(engine.intensity))
        case "head": Self.head(face.values[first], face.values[first + 1], face.values[first + 2])
        default: .none
        }
    }

    private static func head(_ yaw: Float, _ pitch: Float, _ roll: Float) -> LuaValue {
        .fields([
            "yaw_deg": .number(Double(yaw / degree)), "pitch_deg": .number(Double(pitch / degree)),
            "roll_deg": .number(Double(roll / degree)),
        ])
    }
}
