import Foundation

extension Command {
    /// The JSON schema (draft 2020-12) of a request: one flat object a line, made from the table of commands.
    public static var schema: String {
        get throws {
            let document: [String: Any] = [
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "A request to a running Mien controller",
                "oneOf": specifications.map(\.schema),
            ]
            let data = try JSONSerialization.data(
                withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self) + "\n"
        }
    }

    /// The JSON schemas of what a broker's clients publish to `command/<verb>`, by verb; an empty payload stands for an
    /// object without keys.
    public static var brokerSchema: String {
        get throws {
            let document: [String: Any] = [
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Payloads of mien/<robot-id>/command/<verb>, by verb",
                "$defs": Dictionary(uniqueKeysWithValues: brokerSpecifications.map { ($0.name, $0.brokerSchema) }),
            ]
            let data = try JSONSerialization.data(
                withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self) + "\n"
        }
    }

    /// The table of commands in Markdown, for the documentation.
    public static var table: String {
        let rows = specifications.map { specification in
            let fields = specification.fields.map { field in
                let otherwise = field.fallback == nil ? "" : ", else \(field.fallbackText)"
                return "`\(field.key)` (\(field.expectation)\(otherwise))"
            }
            let authority = specification.authority.rawValue
            return
                "| `\(specification.name)` | \(fields.joined(separator: ", ")) | \(authority) | \(specification.summary) |"
        }
        return (["| command | fields | who | what it does |", "|---|---|---|---|"] + rows).joined(separator: "\n")
            + "\n"
    }
}

extension Command.Specification {
    fileprivate var schema: [String: Any] { schema(of: fields, naming: ["command"]) }

    fileprivate var brokerSchema: [String: Any] { schema(of: brokerFields, naming: []) }

    private func schema(of fields: [Field], naming: [String]) -> [String: Any] {
        var properties: [String: Any] = [
            "command": ["const": name],
            "id": ["type": ["string", "number", "boolean", "null"], "description": "Comes back with the answer."],
        ]
        for field in fields { properties[field.key] = field.schema }
        return [
            "type": "object", "description": summary, "properties": properties, "additionalProperties": false,
            "required": naming + fields.filter { $0.fallback == nil }.map(\.key),
        ]
    }
}

extension Command.Specification.Field {
    fileprivate var fallbackText: String {
        if case .number(let value)? = fallback { return Int(exactly: value).map(String.init) ?? String(value) }
        return "a new one"
    }

    fileprivate var schema: [String: Any] {
        var schema: [String: Any] = ["description": summary]
        switch kind {
        case .text(let longest):
            schema["type"] = "string"
            if fallback != nil { schema["type"] = ["string", "null"] }
            schema["minLength"] = 1
            // Bytes are what is counted; characters are never more.
            schema["maxLength"] = longest
        case .number(let range):
            schema["type"] = fallback == nil ? ["number"] : ["number", "null"]
            schema["minimum"] = range.lowerBound
            schema["maximum"] = range.upperBound
            if case .number(let value)? = fallback { schema["default"] = value }
        }
        return schema
    }
}
