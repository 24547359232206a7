extension ScriptHost {
    /// The verbs of time, events and chance, which need no face.
    func addCoreVerbs() {
        register("clock") { .returns([.number($0.time)]) }
        register("log") { call in
            self.note(.log(call.arguments.map(Self.text).joined(separator: " ")), call.scriptName)
            return .returns([])
        }
        register("print") { call in
            self.note(.log(call.arguments.map(Self.text).joined(separator: " ")), call.scriptName)
            return .returns([])
        }
        register("wait") { call in
            guard let seconds = call.argument(0)?.double, seconds >= 0 else {
                return .fails("wait: expected seconds, 0 or more, found \(Self.found(call, 0))")
            }
            return call.wait(seconds: seconds)
        }
        register("wait_until", waitUntil)
        register("on") { call in
            guard let event = call.argument(0)?.string else {
                return .fails("on: expected the name of an event, found \(Self.found(call, 0))")
            }
            guard case .function(let handler)? = call.argument(1) else {
                return .fails("on: expected a function, found \(Self.found(call, 1))")
            }
            guard call.script.handlers.values.reduce(0, { $0 + $1.count }) < call.script.limits.threads else {
                return .fails("on: there are too many handlers already")
            }
            call.script.handlers[event, default: []].append(handler)
            return .returns([])
        }
        register("every") { call in
            guard let seconds = call.argument(0)?.double, seconds >= 0.01 else {
                return .fails("every: expected seconds, 0.01 or more, found \(Self.found(call, 0))")
            }
            guard case .function(let function)? = call.argument(1) else {
                return .fails("every: expected a function, found \(Self.found(call, 1))")
            }
            guard call.script.timers.count < call.script.limits.threads else {
                return .fails("every: there are too many timers already")
            }
            let number = (call.script.timers.map(\.number).max() ?? 0) + 1
            call.script.timers.append(
                .init(interval: seconds, next: call.time + seconds, function: function, number: number))
            return .returns([.integer(Int64(number))])
        }
        register("emit") { call in
            guard let name = call.argument(0)?.string, name.utf8.count <= 100 else {
                return .fails("emit: expected the name of an event, found \(Self.found(call, 0))")
            }
            let value = call.argument(1) ?? .none
            self.note(.emitted(name: name, value: value), call.scriptName)
            self.announce(name, value)
            return .returns([])
        }
        register("random", random)
        register("spawn", in: "host") { call in
            guard case .function(let function)? = call.argument(0) else {
                return .fails("expected a function, found \(Self.found(call, 0))")
            }
            guard let thread = self.start(call.script, function, Array(call.arguments.dropFirst()), owned: true) else {
                return .fails("too much happens at the same time")
            }
            return .returns([.integer(Int64(thread))])
        }
        register("join", in: "host") { call in
            guard let number = call.argument(0)?.double else { return .fails("expected a thread") }
            let thread = Int32(number)
            let script = call.script
            guard script.threads[thread] != nil, thread != call.thread else { return .returns([.boolean(true)]) }
            return call.wait { [weak script] in script?.threads[thread] == nil }
        }
        register("cancel", in: "host") { call in
            guard let number = call.argument(0)?.double else { return .fails("expected a thread") }
            let thread = Int32(number)
            guard thread != call.thread, let waiting = call.script.threads[thread] else {
                return .returns([.boolean(false)])
            }
            call.script.threads[thread] = nil
            call.script.state.end(thread: thread)
            if let function = waiting.function { call.script.state.release(function: function) }
            return .returns([.boolean(true)])
        }
        register("running", in: "host") { call in
            .returns([.boolean((call.argument(0)?.double).map { call.script.threads[Int32($0)] != nil } ?? false)])
        }
    }

    private func waitUntil(_ call: VerbCall) -> VerbResult {
        let timeout = call.argument(1)?.double ?? .infinity
        guard timeout >= 0 else {
            return .fails("wait_until: expected a timeout in seconds, 0 or more, found \(Self.found(call, 1))")
        }
        switch call.argument(0) {
        case .text(let event):
            call.script.threads[call.thread]?.event = event
        case .function(let condition):
            call.script.threads[call.thread]?.condition = condition
        default:
            return .fails("wait_until: expected an event's name or a function, found \(Self.found(call, 0))")
        }
        call.script.threads[call.thread]?.until = call.time + timeout
        return .waits
    }

    /// As `math.random`: a number from 0 to below 1, a whole number from 1 to m, or from m to n.
    private func random(_ call: VerbCall) -> VerbResult {
        let bounds = call.arguments.map(\.double)
        switch bounds.count {
        case 0: return .returns([.number(draw(call.script))])
        case 1, 2:
            let low = bounds.count == 2 ? bounds[0] : 1
            guard let low, let high = bounds[bounds.count - 1], low <= high, abs(low) < 1e9, abs(high) < 1e9 else {
                return .fails("random: expected one or two whole numbers, the first not above the second")
            }
            let span = high.rounded(.down) - low.rounded(.up) + 1
            return .returns([.integer(Int64(low.rounded(.up) + (draw(call.script) * span).rounded(.down)))])
        default: return .fails("random: expected at most two numbers")
        }
    }

    /// What was found in an argument's place, for messages.
    static func found(_ call: VerbCall, _ index: Int) -> String {
        guard let value = call.argument(index) else { return "nothing" }
        return value.double != nil || value.string != nil ? text(value) : "a \(value.kind)"
    }

    /// A value as people read it.
    public static func text(_ value: LuaValue) -> String {
        switch value {
        case .none: "nil"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        case .text(let text): text
        case .function: "function"
        case .table(let entries):
            "{" + entries.prefix(20).map { "\(text($0.key)) = \(text($0.value))" }.sorted().joined(separator: ", ")
                + "}"
        case .other(let kind): kind
        }
    }
}
