extension ScriptVocabulary {
    /// The names that a word typed so far may become: `no` becomes `nod`, `math.fl` becomes `math.floor`. In the order
    /// of the alphabet; functions end with their parenthesis.
    public func completions(of word: String) -> [String] {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let fields: [String: Entry]
        if parts.count == 1 {
            fields = globals
        } else {
            guard case .table(let known, _)? = entry(at: Array(parts.dropLast())) else { return [] }
            fields = known
        }
        let path = parts.dropLast().map { $0 + "." }.joined()
        return fields.keys.filter { $0.hasPrefix(parts.last ?? "") }.sorted().map { name in
            if case .function? = fields[name] { return path + name + "(" }
            return path + name
        }
    }
}
