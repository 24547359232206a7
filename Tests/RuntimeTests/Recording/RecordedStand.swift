import Actuation
import FaceKit
import Foundation
import Hardware
import Telemetry
import Testing

@testable import Runtime

/// Recordings in a folder that goes when the test does.
final class RecordedStand {
    static let home = Home(
        root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardizedFileURL)
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "mien-recorded-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func file(_ name: String) -> String { folder + "/" + name }

    /// A session without models: the shipped person's own face goes through.
    func session(seconds: Double = 3, change: (inout Session.Options) -> Void = { _ in }) throws -> Session {
        var options = Session.Options(
            robot: Self.home.file("Robots/maestro-face-23.yaml"),
            calibration: Self.home.file("Calibration/maestro-face-23.yaml"),
            person: Self.home.file("Tracks/conversation.csv"), seed: 4, seconds: seconds)
        change(&options)
        return try Session(options: options, generators: .none(in: Self.home))
    }

    /// All of a recording's messages.
    static func messages(_ path: String, topic: String? = nil) throws -> [RecordedMessage] {
        var messages: [RecordedMessage] = []
        try MCAPReader(path: path).forEachMessage { if topic == nil || $0.topic == topic { messages.append($0) } }
        return messages
    }

    /// A copy of a recording in which a text of one message is another.
    func copy(
        _ path: String, to name: String, changing topic: String, number: UInt32, _ text: String, to other: String
    ) throws -> String {
        let reader = try MCAPReader(path: path)
        let copy = file(name)
        var writer = try MCAPWriter(
            store: try RecordingFile(path: copy), library: "test",
            metadata: reader.metadata.map { ($0.key, $0.value.map { ($0.key, $0.value) }) })
        for attachment in reader.attachments { try writer.attach(attachment, at: 0) }
        var channels: [String: UInt16] = [:]
        for topic in Set(try Self.messages(path).map(\.topic)).sorted() {
            channels[topic] = writer.addChannel(
                RecordedChannel(topic: topic, schemaName: "any", schema: "{\"type\":\"object\"}"))
        }
        var found = false
        for message in try Self.messages(path) {
            var bytes = message.bytes
            if message.topic == topic, message.sequence == number {
                let before = String(decoding: bytes, as: UTF8.self)
                let after = before.replacing(text, with: other, maxReplacements: 1)
                found = before != after
                bytes = Array(after.utf8)
            }
            try writer.write(bytes, to: try #require(channels[message.topic]), at: message.time)
        }
        try writer.finish()
        try #require(found, "there is nothing to change")
        return copy
    }

    func verify(_ path: String) throws -> Rerun.Outcome {
        try Rerun(RecordedRun(path: path), in: Self.home).verify()
    }
}
