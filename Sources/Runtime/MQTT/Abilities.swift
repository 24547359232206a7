import Behaviour
import Foundation
import Telemetry

/// What a robot knows by name: gestures, expressions, scripts.
public struct Abilities: Sendable {
    public static let version = "0.1"

    public var gestures: [String] = []
    public var expressions: [String] = []
    public var scripts: [String] = []

    public init() {}

    /// What is in a folder of Mien's; throws what is wrong with a gesture's file.
    public init(home: Home) throws {
        let folder = home.file("Scripts")
        let library = try GestureLibrary(folder: folder)
        gestures = library.gestures.keys.sorted()
        expressions = library.expressions.keys.sorted()
        scripts = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".lua") }.sorted()
    }

    /// Their part of `info`.
    var members: [Payload.Member] {
        [
            .init("expressions", .list(expressions.map { .text($0) })),
            .init("scripts", .list(scripts.map { .text($0) })),
            .init("parameters", .list(BehaviourParameter.all.map { .text($0.name) })),
        ]
    }
}
