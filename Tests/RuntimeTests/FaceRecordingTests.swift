import Actuation
import FaceKit
import Foundation
import Testing

@testable import Runtime

@Suite struct FaceRecordingTests {
    private static let robot = try? RobotDescription(
        yaml: """
            name: two
            buses: {face: {kind: maestro}}
            motion: {m: {velocity_us_per_s: 4000, acceleration_us_per_s2: 100000, jerk_us_per_s3: 5000000}}
            actuators:
              - {name: a, channel: 0, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
              - {name: b, channel: 1, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
            """, name: "two.yaml")

    /// Stands at 1000 and 1500 in turn, for 0.32 s to 0.92 s, and moves for 0.2 s in between.
    private static var log: CommandLog {
        var rows: [CommandLog.Row] = []
        for place in 0..<20 {
            let (from, to) = place.isMultiple(of: 2) ? (1000.0, 1500.0) : (1500.0, 1000.0)
            let still = 8 + (place * 7) % 16
            let raws = Array(repeating: from, count: still) + (1...5).map { from + (to - from) * Double($0) / 6 }
            rows += raws.enumerated().map { .init(time: Double(rows.count + $0) * 0.04, raws: [$1, 1500]) }
        }
        return CommandLog(rows: rows)
    }

    /// A face whose jaw follows `a`, on a clock that is ahead by so much.
    private static func track(ahead offset: Double) -> Track {
        let rows = log.rows
        return Track(
            frames: (0..<400).map { index in
                let time = Double(index) * 0.04
                var face = FaceFrame.neutral
                let row = rows.last { $0.time <= time - offset } ?? rows[0]
                face[.jawOpen] = Float((row.raws[0] - 1000) / 500)
                return PersonFrame(time: time, face: face, sensed: .face)
            })
    }

    @Test(arguments: [0.0, 1.3, -0.7])
    func theOffsetOfTheClocksIsFound(_ offset: Double) throws {
        let recording = try FaceRecording(track: Self.track(ahead: offset), log: Self.log, path: "log")
        // Any offset within the time that the face takes to settle is as good.
        #expect(abs(recording.offset - offset) <= 0.25)
        let jaw = Blendshape.jawOpen.rawValue
        for sample in recording.samples {
            #expect(abs(sample.face[jaw] - (sample.raws[0] - 1000) / 500) < 1e-6)
        }
        #expect(recording.samples.count >= 15)
    }

    @Test func aLogReadsBackAsItWasWritten() throws {
        let robot = try #require(Self.robot)
        let path = NSTemporaryDirectory() + "mien-log-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Self.log.csv(robot: robot).write(toFile: path, atomically: true, encoding: .utf8)
        let again = try CommandLog(path: path, robot: robot)
        #expect(again.rows.count == Self.log.rows.count)
        #expect(abs(again.rows[11].raws[0] - Self.log.rows[11].raws[0]) < 0.01)
    }

    @Test func aLogOfAnotherRobotIsRefused() throws {
        let robot = try #require(Self.robot)
        let path = NSTemporaryDirectory() + "mien-log-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "time_s,a,c\n0,1,2\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: CommandLog.Failure.missingColumn(path: path, name: "b")) {
            try CommandLog(path: path, robot: robot)
        }
    }

    @Test func aRobotThatNeverStoodStillIsRefused() {
        let rows = (0..<50).map { CommandLog.Row(time: Double($0) * 0.04, raws: [Double($0), 0]) }
        #expect(throws: CommandLog.Failure.noHolds(path: "log")) {
            try FaceRecording(track: Self.track(ahead: 0), log: CommandLog(rows: rows), path: "log")
        }
    }
}
