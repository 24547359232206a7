/// What a person has typed so far at a console, as Lua: a whole chunk, one that goes on, or something wrong.
public enum ConsoleChunk: Equatable, Sendable {
    /// Source to run; an expression is turned into one that gives its value back.
    case whole(String)
    /// More lines belong to it.
    case unfinished
    case wrong(String)

    public init(_ text: String) {
        let source = "return " + text
        if (try? LuaParser.parse(Array(source.utf8))) != nil {
            self = .whole(source)
            return
        }
        do {
            _ = try LuaParser.parse(Array(text.utf8))
            self = .whole(text)
        } catch {
            // Whatever is wrong at the very end may be mended by what comes.
            self = error.offset >= text.utf8.count && error.isMendable ? .unfinished : .wrong("\(error)")
        }
    }
}

extension LuaProblem {
    /// Whether more source could mend it, given that it is at the end.
    fileprivate var isMendable: Bool {
        switch fault {
        case .unexpected, .unclosed, .unfinishedLongString: true
        default: false
        }
    }
}
