/// A place at which a Lua source is not Lua 5.4, the first that the compiler would find.
struct LuaProblem: Error, Equatable, CustomStringConvertible {
    /// Byte offset from the source's start.
    let offset: Int
    let fault: Fault

    enum Fault: Equatable {
        case unexpected(found: String, expected: String)
        /// A block's or bracket's closing token; `line` is where it was opened.
        case unclosed(found: String, expected: String, opener: String, line: Int)
        case strayByte(UInt8)
        case binaryChunk
        case malformedNumber(String)
        case unfinishedString
        case unfinishedLongString(line: Int)
        case longStringDelimiter
        case invalidEscape(String)
        case decimalEscapeTooLarge
        case codePointTooLarge
        case notAVariable
        case notACall
        case constantAssigned(String)
        case unknownAttribute(String)
        case severalToClose
        case breakOutsideLoop
        case noLabel(String)
        case jumpsIntoScope(label: String, local: String)
        case labelRepeated(String, line: Int)
        case varargOutside
        case tooDeep
        case tooManyLocals
        /// What the Lua compiler says, where this parser saw nothing wrong.
        case refused(String)
    }

    var description: String {
        switch fault {
        case .unexpected(let found, let expected): "found \(found), expected \(expected)"
        case .unclosed(let found, let expected, let opener, let line):
            "found \(found), expected \(expected) to close \(opener) on line \(line)"
        case .strayByte(let byte):
            byte > 0x20 && byte < 0x7F
                ? "found '\(Character(Unicode.Scalar(byte)))', which Lua does not know outside of a string"
                : "found the byte 0x\(String(byte, radix: 16, uppercase: true)), "
                    + "which Lua does not know outside of a string"
        case .binaryChunk: "found compiled Lua, expected a script in text"
        case .malformedNumber(let text): "found '\(text)', which is not a number"
        case .unfinishedString: "the string is not closed on its line"
        case .unfinishedLongString(let line): "the long string or comment that began on line \(line) is not closed"
        case .longStringDelimiter: "found '[=', expected '[=[' to open a long string"
        case .invalidEscape(let text):
            "found the escape '\(text)', expected one of \\a \\b \\f \\n \\r \\t \\v \\\\ \\\" \\' \\z \\xXX \\ddd \\u{XXX}"
        case .decimalEscapeTooLarge: "a decimal escape is at most \\255"
        case .codePointTooLarge: "a \\u{} escape is at most 7FFFFFFF"
        case .notAVariable: "only a variable or a field can be assigned to"
        case .notACall: "this is a value, expected a statement: a call or an assignment"
        case .constantAssigned(let name): "'\(name)' is a constant and cannot be assigned to"
        case .unknownAttribute(let name): "found the attribute <\(name)>, expected <const> or <close>"
        case .severalToClose: "only one variable of a local statement can be <close>"
        case .breakOutsideLoop: "'break' is outside of a loop"
        case .noLabel(let name): "there is no label '\(name)' that this goto can see"
        case .jumpsIntoScope(let label, let local): "goto '\(label)' jumps into the scope of the local '\(local)'"
        case .labelRepeated(let name, let line): "the label '\(name)' is already on line \(line)"
        case .varargOutside: "'...' is outside of a function that takes it"
        case .tooDeep: "the script is nested too deeply here, at most 200 levels"
        case .tooManyLocals: "a function has at most 200 local variables"
        case .refused(let message): message
        }
    }
}
