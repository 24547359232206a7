import Yams

extension YAMLFile {
    /// A mapping of a YAML file and the keys that lead to it.
    struct Reader {
        let file: YAMLFile
        let mapping: Node.Mapping
        let key: String
        /// Line of the mapping's first key, counted from 1.
        let line: Int

        init?(file: YAMLFile, node: Node, key: String) {
            guard let mapping = node.mapping else {
                file.note(node.mark?.line, key, .unexpected(found: node.summary, expected: "a mapping of keys"))
                return nil
            }
            self.file = file
            self.mapping = mapping
            self.key = key
            line = mapping.first?.key.mark?.line ?? node.mark?.line ?? 1
        }

        func path(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }

        func line(of name: String) -> Int { mapping[name]?.mark?.line ?? line }

        func note(_ name: String, _ fault: FileProblem.Fault) { file.note(line(of: name), path(name), fault) }

        /// Notes every key that is not among the known ones: a misspelt key must not be passed over in silence.
        func allowOnly(_ known: String...) { allowOnly(known) }

        func allowOnly(_ known: [String]) {
            for (keyNode, _) in mapping {
                guard let name = keyNode.string else {
                    file.note(keyNode.mark?.line, key, .unexpected(found: keyNode.summary, expected: "a key"))
                    continue
                }
                if !known.contains(name) { file.note(keyNode.mark?.line, path(name), .unknownKey(known: known)) }
            }
        }

        private func required(_ name: String, _ expected: String) -> Node? {
            if let node = mapping[name] { return node }
            file.note(line, path(name), .missing(expected: expected))
            return nil
        }

        /// A text that is not empty.
        func text(_ name: String) -> String? {
            guard let node = required(name, "a text") else { return nil }
            return text(node, name)
        }

        func optionalText(_ name: String) -> String? {
            mapping[name].flatMap { text($0, name) }
        }

        private func text(_ node: Node, _ name: String) -> String? {
            if let text = node.scalar?.string, !text.isEmpty, text.allSatisfy({ !$0.isNewline }) { return text }
            note(name, .unexpected(found: node.summary, expected: "a text"))
            return nil
        }

        /// A finite number within a range.
        func number(_ name: String, _ range: ClosedRange<Double>, _ expected: String) -> Double? {
            guard let node = required(name, expected) else { return nil }
            return file.number(node, path(name), range, expected)
        }

        /// A finite number within a range, or the default when the key is not there.
        func number(
            _ name: String, default fallback: Double, _ range: ClosedRange<Double>, _ expected: String
        ) -> Double? {
            guard let node = mapping[name] else { return fallback }
            return file.number(node, path(name), range, expected)
        }

        /// A whole number within a range.
        func integer(_ name: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) -> Int? {
            let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            guard let node = fallback == nil ? required(name, expected) : mapping[name] else { return fallback }
            if let value = node.int, range.contains(value) { return value }
            note(name, .unexpected(found: node.summary, expected: expected))
            return nil
        }

        /// `true` or `false`.
        func flag(_ name: String, default fallback: Bool) -> Bool? {
            guard let node = mapping[name] else { return fallback }
            if let value = node.bool { return value }
            note(name, .unexpected(found: node.summary, expected: "true or false"))
            return nil
        }

        /// The reader of a mapping below.
        func child(_ name: String) -> Reader? {
            guard let node = required(name, "a mapping of keys") else { return nil }
            return Reader(file: file, node: node, key: path(name))
        }

        /// The named mappings below, in file order.
        func children(_ name: String) -> [(name: String, reader: Reader)] {
            guard let child = child(name) else { return [] }
            if child.mapping.isEmpty { note(name, .missing(expected: "at least one entry")) }
            return child.mapping.compactMap { keyNode, node in
                guard let childName = keyNode.string else { return nil }
                return Reader(file: file, node: node, key: child.path(childName)).map { (childName, $0) }
            }
        }

        /// The nodes of a list.
        func list(_ name: String, _ expected: String) -> [Node]? {
            guard let node = required(name, expected) else { return nil }
            if let sequence = node.sequence { return Array(sequence) }
            note(name, .unexpected(found: node.summary, expected: expected))
            return nil
        }
    }

    /// A number as people write it: whole ones without a point.
    static func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

    /// A finite number within a range; anything else is noted and nil.
    func number(_ node: Node, _ key: String, _ range: ClosedRange<Double>, _ expected: String) -> Double? {
        if let value = node.float, value.isFinite, range.contains(value) { return value }
        note(node.mark?.line, key, .unexpected(found: node.summary, expected: expected))
        return nil
    }
}

extension Node {
    /// What a person would say is there, for error messages.
    var summary: String {
        switch self {
        case .scalar(let scalar):
            scalar.string.isEmpty
                ? "nothing" : scalar.string.count > 40 ? "\(scalar.string.prefix(40))…" : scalar.string
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
