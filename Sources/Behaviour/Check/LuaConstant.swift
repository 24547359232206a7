/// What an expression is known to be without running it.
enum LuaConstant: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case table
    case function
    /// A kind is known, the value is not.
    case someNumber, someText, someBoolean

    /// What it is, as a message says it.
    var description: String {
        switch self {
        case .null: "nil"
        case .boolean(let value): "\(value)"
        case .number(let value): "the number \(Self.text(value))"
        case .text(let value): "the text \"\(value.prefix(40))\""
        case .table: "a table"
        case .function: "a function"
        case .someNumber: "a number"
        case .someText: "a text"
        case .someBoolean: "true or false"
        }
    }

    static func text(_ value: Double) -> String {
        value.magnitude < 1e15 ? Int(exactly: value).map(String.init) ?? "\(value)" : "\(value)"
    }

    /// Whether it counts as true; nil where that is not known.
    var isTrue: Bool? {
        switch self {
        case .null: false
        case .boolean(let value): value
        case .someBoolean: nil
        default: true
        }
    }

    func matches(_ kind: ScriptVocabulary.Kind) -> Bool {
        switch (self, kind) {
        case (.number, .number), (.someNumber, .number), (.boolean, .boolean), (.someBoolean, .boolean): true
        case (.text, .text), (.text, .name), (.someText, .text), (.someText, .name): true
        case (.table, .table), (.function, .function): true
        default: false
        }
    }
}

extension LuaExpression {
    /// What it is known to be; nil where only running would tell.
    var constant: LuaConstant? { constant(depth: 0) }

    /// Locals lead on to what they were declared with, a few of them in a row at most.
    private func constant(depth: Int) -> LuaConstant? {
        switch kind {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .number(Double(value))
        case .float(let value): return .number(value)
        case .string(let value): return .text(value)
        case .function: return .function
        case .table: return .table
        case .parenthesised(let inner): return inner.constant(depth: depth)
        case .local(let local):
            guard depth < 8, !local.isReassigned else { return nil }
            return local.value?.constant(depth: depth + 1)
        case .unary(let operation, let operand): return Self.apply(operation, to: operand.constant(depth: depth))
        case .binary(let first, let rest):
            // Locals are not followed here: each could double the work of the one before.
            return rest.reduce(first.constant(depth: 8)) { left, step in
                Self.apply(step.operation, left, step.operand.constant(depth: 8))
            }
        case .vararg, .global, .suffixed: return nil
        }
    }

    private static func apply(_ operation: LuaUnary, to operand: LuaConstant?) -> LuaConstant? {
        switch operation {
        case .not: return operand?.isTrue.map { .boolean(!$0) } ?? .someBoolean
        case .minus:
            if case .number(let value)? = operand { return .number(-value) }
            return nil
        case .length, .complement: return nil
        }
    }

    private static func apply(_ operation: LuaBinary, _ left: LuaConstant?, _ right: LuaConstant?) -> LuaConstant? {
        switch operation {
        case .and: return left?.isTrue == false ? left : (left?.isTrue == true ? right : nil)
        case .or: return left?.isTrue == true ? left : (left?.isTrue == false ? right : nil)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return .someBoolean
        case .concatenate:
            guard case .text(let first)? = left, case .text(let second)? = right else { return nil }
            return first.utf8.count + second.utf8.count < 1000 ? .text(first + second) : .someText
        case .add, .subtract, .multiply, .divide:
            guard case .number(let first)? = left, case .number(let second)? = right else { return nil }
            return switch operation {
            case .add: .number(first + second)
            case .subtract: .number(first - second)
            case .multiply: .number(first * second)
            default: .number(first / second)
            }
        default: return nil
        }
    }
}
