/// The scopes of a script while it is parsed: which declaration a name means, and which labels a goto sees, by the rules
/// of `lparser.c`.
struct LuaScopes {
    private struct Block {
        let firstLocal: Int
        let isLoop: Bool
        /// Offsets of the labels, and how many locals were active where a goto still waits for its label.
        var labels: [String: Int] = [:]
        var gotos: [String: [(offset: Int, locals: Int)]] = [:]
    }

    private struct Function {
        let firstLocal: Int
        let isVararg: Bool
        var blocks: [Block] = []
    }

    private var functions: [Function] = []
    private var locals: [LuaLocal] = []

    // MARK: Functions and blocks

    mutating func openFunction(isVararg: Bool) {
        functions.append(Function(firstLocal: locals.count, isVararg: isVararg))
        openBlock(isLoop: false)
    }

    mutating func closeFunction() throws(LuaProblem) {
        try closeBlock()
        functions.removeLast()
    }

    mutating func openBlock(isLoop: Bool) {
        functions[functions.count - 1].blocks.append(Block(firstLocal: locals.count, isLoop: isLoop))
    }

    /// Ends the innermost block: its locals and labels are gone, its open gotos wait in the block around it.
    mutating func closeBlock() throws(LuaProblem) {
        let function = functions.count - 1
        guard let block = functions[function].blocks.popLast() else { return }
        locals.removeSubrange(block.firstLocal...)
        let outer = functions[function].blocks.count - 1
        if outer < 0 {
            let first = block.gotos.min { ($0.value.first?.offset ?? .max) < ($1.value.first?.offset ?? .max) }
            guard let first, let open = first.value.first else { return }
            throw LuaProblem(offset: open.offset, fault: .noLabel(first.key))
        }
        for (name, open) in block.gotos {
            functions[function].blocks[outer].gotos[name, default: []] += open.map { ($0.offset, block.firstLocal) }
        }
    }

    var isVararg: Bool { functions.last?.isVararg ?? false }
    var isInLoop: Bool { functions.last?.blocks.contains(where: \.isLoop) ?? false }

    // MARK: Names

    /// Makes locals visible; a function has at most 200.
    mutating func declare(_ new: [LuaLocal]) throws(LuaProblem) {
        let room = 200 - locals.count + (functions.last?.firstLocal ?? 0)
        guard new.count <= room else { throw LuaProblem(offset: new[max(room, 0)].offset, fault: .tooManyLocals) }
        locals += new
    }

    /// The declaration that a name means here, nil for a global.
    func resolve(_ name: String) -> LuaLocal? { locals.last { $0.name == name } }

    // MARK: Labels

    mutating func addGoto(_ name: String, at offset: Int) {
        let function = functions.count - 1
        // Backwards is always allowed; forwards waits for its label.
        guard !functions[function].blocks.contains(where: { $0.labels[name] != nil }) else { return }
        let block = functions[function].blocks.count - 1
        functions[function].blocks[block].gotos[name, default: []].append((offset, locals.count))
    }

    /// - Parameter isLast: whether nothing but void statements follows in the block, whose locals are then out of scope.
    mutating func addLabel(_ name: String, at offset: Int, isLast: Bool, lines: LuaLines) throws(LuaProblem) {
        let function = functions.count - 1
        let block = functions[function].blocks.count - 1
        if let first = functions[function].blocks.lazy.compactMap({ $0.labels[name] }).first {
            throw LuaProblem(offset: offset, fault: .labelRepeated(name, line: lines.place(of: first).line))
        }
        let active = isLast ? functions[function].blocks[block].firstLocal : locals.count
        functions[function].blocks[block].labels[name] = offset
        for open in functions[function].blocks[block].gotos.removeValue(forKey: name) ?? []
        where open.locals < active {
            throw LuaProblem(
                offset: open.offset, fault: .jumpsIntoScope(label: name, local: locals[open.locals].name))
        }
    }
}
