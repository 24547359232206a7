import FaceKit
import Foundation

/// The engine and the scripts together, as the motion tick drives them: the person is taken in, scripts have their turn,
/// and what is up is laid over the generators' frame.
public final class BehaviourCore {
    public var engine: BehaviourEngine
    public let host: ScriptHost
    public let library: GestureLibrary
    /// Reads a file of a track for `play`; nil when there is no way to.
    public var readTrack: (String) throws -> Track = { try TrackReader.read($0) }

    public init(frameRate: Double, seed: UInt64, library: GestureLibrary) {
        engine = BehaviourEngine(frameRate: frameRate, seed: seed)
        host = ScriptHost(seed: seed)
        self.library = library
        host.release = { [weak self] script in self?.engine.stop(owner: script) }
        addVerbs()
        host.setPrelude(Self.prelude)
    }

    /// One motion tick: events and scripts first, then the mixed face.
    public func tick(time: Double, person: PersonFrame?, base: FaceChannels) -> FaceChannels {
        engine.begin(time: time, person: person)
        for event in engine.events { host.announce(event.name) }
        host.tick(time: time)
        return engine.mix(base)
    }

    // MARK: - Verbs

    private typealias Body = (VerbArguments) throws -> (clip: MotionClip, layer: BehaviourEngine.Layer)

    /// A verb that plays a motion and waits until it is over.
    private func motion(_ name: String, _ parameters: [String], _ body: @escaping Body) {
        host.register(name) { [weak self] call in
            guard let self else { return .fails("the robot is gone") }
            do {
                let (clip, layer) = try body(try VerbArguments(call, name, parameters))
                let id = self.engine.play(clip, layer: layer, owner: call.scriptName)
                let given = call.arguments.map(ScriptHost.text).joined(separator: ", ")
                self.host.note(.acted(given.isEmpty ? name : "\(name) \(given)"), call.scriptName)
                return call.wait { [weak self] in !(self?.engine.isRunning(id) ?? false) }
            } catch let problem as VerbArguments.Problem {
                return .fails(problem.message)
            } catch {
                return .fails("\(name): \(error)")
            }
        }
    }

    /// A verb that is done at once.
    private func setting(
        _ name: String, _ parameters: [String], _ body: @escaping (VerbArguments) throws -> [LuaValue]
    ) {
        host.register(name) { call in
            do { return .returns(try body(try VerbArguments(call, name, parameters))) } catch let problem
                as VerbArguments.Problem
            {
                return .fails(problem.message)
            } catch { return .fails("\(name): \(error)") }
        }
    }

    private static let degree = Float.pi / 180

    private func addVerbs() {
        addHeadVerbs()
        addFaceVerbs()
        addSettings()
        for field in [
            "present", "smiling", "speaking", "looking_at_me", "smile", "yaw_deg", "pitch_deg", "roll_deg",
            "seconds_since_seen",
            "seconds_since_smile", "seconds_since_speech",
        ] {
            host.register(field, in: "person_facts") { [weak self] _ in
                .returns([self?.fact(field) ?? .none])
            }
        }
    }

    private func addHeadVerbs() {
        motion("look_at", ["yaw_deg", "pitch_deg", "seconds"]) { arguments in
            let yaw = Float(try arguments.number("yaw_deg", -90...90, default: 0)) * Self.degree
            let pitch = Float(try arguments.number("pitch_deg", -60...60, default: 0)) * Self.degree
            let seconds = try arguments.number("seconds", 0...3600, default: 1)
            return (.look(yaw: yaw, pitch: pitch, attack: 0.4, hold: seconds), .gaze)
        }
        motion("glance", ["yaw_deg", "pitch_deg"]) { arguments in
            let yaw = Float(try arguments.number("yaw_deg", -90...90, default: 20)) * Self.degree
            let pitch = Float(try arguments.number("pitch_deg", -60...60, default: 0)) * Self.degree
            return (.look(yaw: yaw, pitch: pitch, attack: 0.15, hold: 0.5), .gaze)
        }
        motion("gaze_away", ["seconds"]) { [weak self] arguments in
            let seconds = try arguments.number("seconds", 0...600, default: 1.14)
            let side: Float = (self?.engine.draw() ?? 0) < 0.5 ? -1 : 1
            return (.look(yaw: side * 0.25, pitch: 0.05, attack: 0.25, hold: seconds), .gaze)
        }
        motion("attend", ["seconds"]) { [weak self] arguments in
            let seconds = try arguments.number("seconds", 0...3600, default: 1)
            let person = self?.engine.person
            // Towards the person's face, as far as the tracker tells where it is turned.
            return (
                .look(
                    yaw: -(person?.yaw ?? 0) * 0.2, pitch: (person?.pitch ?? 0) * 0.2, attack: 0.3, hold: seconds),
                .gaze
            )
        }
        motion("nod", ["count", "amplitude_deg", "seconds"]) { arguments in
            let count = Int(try arguments.number("count", 1...20, default: 1))
            let amplitude = Float(try arguments.number("amplitude_deg", 0...40, default: 8)) * Self.degree
            let seconds = try arguments.number("seconds", 0.1...60, default: 0.40 * Double(count))
            return (.nod(count: count, amplitude: amplitude, cycle: seconds / Double(count)), .gesture)
        }
        motion("shake", ["count", "amplitude_deg", "seconds"]) { arguments in
            let count = Int(try arguments.number("count", 1...20, default: 2))
            let amplitude = Float(try arguments.number("amplitude_deg", 0...60, default: 9)) * Self.degree
            let seconds = try arguments.number("seconds", 0.1...60, default: 0.55 * Double(count))
            return (.shake(count: count, amplitude: amplitude, cycle: seconds / Double(count)), .gesture)
        }
        motion("tilt", ["angle_deg", "seconds"]) { arguments in
            let angle = Float(try arguments.number("angle_deg", -40...40, default: 10)) * Self.degree
            return (.tilt(angle: angle, hold: try arguments.number("seconds", 0...600, default: 0.8)), .gesture)
        }
    }

    private func addFaceVerbs() {
        motion("blink", ["count"]) { arguments in
            (.blink(count: Int(try arguments.number("count", 1...20, default: 1))), .blink)
        }
        motion("wink", ["side"]) { arguments in
            let side = try arguments.text("side", default: "left")
            guard side == "left" || side == "right" else {
                throw VerbArguments.Problem(message: "wink: side is \"\(side)\", expected \"left\" or \"right\"")
            }
            return (.blink(left: side == "left", right: side == "right", closed: 0.25), .blink)
        }
        motion("smile", ["intensity", "seconds"]) { arguments in
            let intensity = Float(try arguments.number("intensity", 0...1, default: 0.6))
            let seconds = try arguments.number("seconds", 0...600, default: 1.5)
            let face: [Blendshape: Float] = [
                .mouthSmileLeft: intensity, .mouthSmileRight: intensity, .cheekSquintLeft: intensity * 0.5,
                .cheekSquintRight: intensity * 0.5,
            ]
            return (.expression(face, attack: 0.4, hold: seconds, release: 0.6), .expression)
        }
        motion("expression", ["name", "intensity", "attack", "hold", "release"]) { [weak self] arguments in
            let name = try arguments.text("name")
            guard let face = self?.library.expressions[name] else {
                throw VerbArguments.Problem(
                    message: "expression: there is none named \"\(name)\", expected "
                        + (self?.library.expressions.keys.sorted().joined(separator: ", ") ?? ""))
            }
            let intensity = Float(try arguments.number("intensity", 0...1, default: 1))
            return (
                .expression(
                    face.mapValues { $0 * intensity }, attack: try arguments.number("attack", 0.05...60, default: 0.4),
                    hold: try arguments.number("hold", 0...3600, default: 1.5),
                    release: try arguments.number("release", 0.05...60, default: 0.6)), .expression
            )
        }
        motion("gesture", ["name", "strength", "duration"]) { [weak self] arguments in
            let name = try arguments.text("name")
            guard let gesture = self?.library.gestures[name] else {
                throw VerbArguments.Problem(
                    message: "gesture: there is none named \"\(name)\", expected "
                        + (self?.library.gestures.keys.sorted().joined(separator: ", ") ?? ""))
            }
            let strength = Float(try arguments.number("strength", 0...2, default: 1))
            let duration = try arguments.number("duration", 0.1...10, default: 1)
            return (gesture.clip.scaled(strength: strength, duration: duration), .gesture)
        }
        motion("say", ["text"]) { [weak self] arguments in
            let text = try arguments.text("text")
            self?.host.note(.emitted(name: "say", value: .text(text)), arguments.call.scriptName)
            let base = self?.engine.draw() ?? 0
            return (.speech(text) { (base + Float($0) * 0.618).truncatingRemainder(dividingBy: 1) }, .speaking)
        }
    }

    private func addSettings() {
        setting("mirror", ["gain", "delay"]) { [weak self] arguments in
            self?.engine.mirrorGain = Float(try arguments.number("gain", 0...1, default: 0.5))
            self?.engine.mirrorDelay = try arguments.number("delay", 0...5, default: 0.4)
            return []
        }
        setting("idle", ["on", "blink_rate", "intensity"]) { [weak self] arguments in
            self?.engine.isAutonomous = try arguments.flag("on", default: true)
            self?.engine.blinkRate = try arguments.number("blink_rate", 0...60, default: 18)
            self?.engine.intensity = Float(try arguments.number("intensity", 0...2, default: 1))
            return []
        }
        setting("stop", ["layer"]) { [weak self] arguments in
            let name = try arguments.text("layer", default: "")
            let layer = BehaviourEngine.Layer(rawValue: name)
            if !name.isEmpty, layer == nil {
                let all = BehaviourEngine.Layer.allCases.map(\.rawValue).joined(separator: ", ")
                throw VerbArguments.Problem(message: "stop: there is no layer \"\(name)\", expected \(all)")
            }
            self?.engine.stop(layer: layer, owner: arguments.call.scriptName)
            return []
        }
    }

    /// What is known of the person under a name.
    private func fact(_ name: String) -> LuaValue {
        let person = engine.person
        func since(_ time: Double) -> LuaValue { .number(host.time - time) }
        return switch name {
        case "present": .boolean(person.isPresent)
        case "smiling": .boolean(person.isSmiling)
        case "speaking": .boolean(person.isSpeaking)
        case "looking_at_me": .boolean(person.looksAtMe)
        case "smile": .number(Double(person.smile))
        case "yaw_deg": .number(Double(person.yaw / Self.degree))
        case "pitch_deg": .number(Double(person.pitch / Self.degree))
        case "roll_deg": .number(Double(person.roll / Self.degree))
        case "seconds_since_seen": since(person.seenAt)
        case "seconds_since_smile": since(person.smiledAt)
        case "seconds_since_speech": since(person.spokeAt)
        default: .none
        }
    }

    /// What is easiest said in Lua itself: runs in each script's own state, inside its budget.
    static let prelude = """
        local facts, host, pack, unpack = person_facts, host, table.pack, table.unpack
        local setmetatable, error, type, pairs, ipairs = setmetatable, error, type, pairs, ipairs
        person = setmetatable({}, {
            __index = function(_, name)
                local fact = facts[name]
                if not fact then error("person." .. tostring(name) .. " is not known", 2) end
                return fact()
            end,
            __newindex = function() error("person cannot be changed", 2) end,
            __metatable = false,
        })
        local globals = _G
        local handle = {}
        handle.__index = handle
        function handle:wait(...) return host.join(self.thread) end
        function handle:cancel() return host.cancel(self.thread) end
        function handle:running() return host.running(self.thread) end
        async = setmetatable({}, {
            __index = function(_, name)
                local verb = globals[name]
                if type(verb) ~= "function" then error("async." .. tostring(name) .. " is not known", 2) end
                return function(...)
                    local arguments = pack(...)
                    return setmetatable(
                        {thread = host.spawn(function() verb(unpack(arguments, 1, arguments.n)) end)}, handle)
                end
            end,
            __metatable = false,
        })
        local function start(list)
            local threads = {}
            for index, step in ipairs(list) do threads[index] = host.spawn(step) end
            return threads
        end
        function parallel(...)
            local threads = start({...})
            for _, thread in ipairs(threads) do host.join(thread) end
        end
        function sequence(...)
            for _, step in ipairs({...}) do step() end
        end
        function race(...)
            local threads = start({...})
            wait_until(function()
                for _, thread in ipairs(threads) do if not host.running(thread) then return true end end
                return false
            end)
            local first
            for index, thread in ipairs(threads) do
                if not host.running(thread) then first = first or index else host.cancel(thread) end
            end
            return first
        end
        function repeat_(count, step)
            for index = 1, count do step(index) end
        end
        function state(states, name)
            while name do
                local step = states[name]
                if not step then error("there is no state " .. tostring(name), 2) end
                name = step()
            end
        end
        """
}
