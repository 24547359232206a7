/// The syntax of a Lua script, as the parser leaves it: names are resolved, offsets count bytes of the source.
///
/// Chains that may be of any length (operators of one level, suffixes, statements) are lists, so that the depth of the
/// tree is bounded by the parser's levels and whoever walks it cannot run out of stack.
struct LuaBlock {
    var statements: [LuaStatement] = []
}

struct LuaStatement {
    let offset: Int
    let kind: Kind

    indirect enum Kind {
        case local([LuaLocal], [LuaExpression])
        case assign([LuaExpression], [LuaExpression])
        case call(LuaExpression)
        case scope(LuaBlock)
        case whileLoop(LuaExpression, LuaBlock)
        case repeatLoop(LuaBlock, until: LuaExpression)
        case branch([(condition: LuaExpression, block: LuaBlock)], otherwise: LuaBlock?)
        case numericFor(LuaLocal, [LuaExpression], LuaBlock)
        case genericFor([LuaLocal], [LuaExpression], LuaBlock)
        /// `function a.b:c() … end`: what is assigned to, and the function.
        case function(LuaExpression, LuaFunction)
        case localFunction(LuaLocal, LuaFunction)
        case giveBack([LuaExpression])
        case leaveLoop
        case goto(String)
        case label(String)
    }
}

struct LuaExpression {
    let offset: Int
    let kind: Kind

    indirect enum Kind {
        case null
        case boolean(Bool)
        case vararg
        case integer(Int64)
        case float(Double)
        case string(String)
        case function(LuaFunction)
        case local(LuaLocal)
        case global(String)
        case parenthesised(LuaExpression)
        case suffixed(LuaExpression, [LuaSuffix])
        case unary(LuaUnary, LuaExpression)
        /// Operators applied from left to right: `((first ⊕ a) ⊕ b) …`; what binds more tightly is an operand.
        case binary(LuaExpression, [(operation: LuaBinary, offset: Int, operand: LuaExpression)])
        case table([LuaField])
    }
}

struct LuaSuffix {
    let offset: Int
    let kind: Kind

    enum Kind {
        case field(String)
        case index(LuaExpression)
        case call([LuaExpression])
        case method(String, [LuaExpression])
    }
}

struct LuaField {
    enum Key {
        case place
        case name(String, offset: Int)
        case value(LuaExpression)
    }
    let key: Key
    let value: LuaExpression
}

enum LuaUnary { case minus, not, length, complement }

enum LuaBinary {
    case add, subtract, multiply, divide, floorDivide, modulo, power, concatenate
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case and, or, bitAnd, bitOr, bitXor, shiftLeft, shiftRight
}

/// A local variable or a parameter; each declaration is one, whatever its name.
final class LuaLocal {
    let name: String
    let offset: Int
    let isConstant: Bool
    /// What it was declared with, where that is one expression, and whether it is assigned to anywhere later.
    var value: LuaExpression?
    var isReassigned = false
    /// Whether it is read anywhere.
    var isUsed = false

    init(name: String, offset: Int, isConstant: Bool = false) {
        self.name = name
        self.offset = offset
        self.isConstant = isConstant
    }
}

/// A function's body, or the main chunk.
final class LuaFunction {
    let offset: Int
    let parameters: [LuaLocal]
    let isVararg: Bool
    var body = LuaBlock()

    init(offset: Int, parameters: [LuaLocal], isVararg: Bool) {
        self.offset = offset
        self.parameters = parameters
        self.isVararg = isVararg
    }
}
