import FaceKit
import Foundation
import Testing

@testable import Behaviour

/// Recorded moves: Reachy Mini's JSON and Mien's tracks.
@Suite struct RecordedMoveTests {
    private func file(_ poses: [String], times: [Double]) -> Data {
        Data(
            """
            {"description": "x", "time": \(times), "set_target_data": [\(poses.joined(separator: ", "))]}
            """.utf8)
    }

    private func pose(_ rows: [[Double]], bodyYaw: Double = 0) -> String {
        #"{"head": \#(rows), "antennas": [0.1, -0.1], "body_yaw": \#(bodyYaw), "check_collision": true}"#
    }

    private let straight: [[Double]] = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    // 30 degrees each, by hand: cos 30° = 0.8660254, sin 30° = 0.5.
    private let left: [[Double]] = [
        [0.8660254, -0.5, 0, 0.01], [0.5, 0.8660254, 0, 0.02], [0, 0, 1, 0.03], [0, 0, 0, 1],
    ]
    private let down: [[Double]] = [[0.8660254, 0, 0.5, 0], [0, 1, 0, 0], [-0.5, 0, 0.8660254, 0], [0, 0, 0, 1]]
    private let rightShoulder: [[Double]] = [
        [1, 0, 0, 0], [0, 0.8660254, -0.5, 0], [0, 0.5, 0.8660254, 0], [0, 0, 0, 1],
    ]

    private func value(_ clip: MotionClip, _ index: Int, at time: Double) throws -> Float {
        let channel = try #require(FaceChannel(rawValue: index))
        return try #require(clip.curve(of: channel)).sample(at: time).value
    }

    @Test func aReachyMoveTurnsTheHeadTheSameWay() throws {
        let data = file([pose(straight), pose(left), pose(down), pose(rightShoulder)], times: [5, 6, 7, 8])
        let clip = try RecordedMove.reachy(data, file: "m.json")
        // 0.3 s to come, three seconds of move, 0.3 s to go.
        #expect(abs(clip.duration - 3.6) < 1e-9)
        #expect(abs(try value(clip, 52, at: 1.3) - .pi / 6) < 1e-5)
        #expect(abs(try value(clip, 53, at: 2.3) - .pi / 6) < 1e-5)
        #expect(abs(try value(clip, 54, at: 3.3) - .pi / 6) < 1e-5)
        // Half way between two frames the way is straight.
        #expect(abs(try value(clip, 52, at: 0.8) - .pi / 12) < 1e-5)
        // x ahead, y left, z up become z, x, y.
        #expect(abs(try value(clip, 55, at: 1.3) - 0.02) < 1e-6)
        #expect(abs(try value(clip, 56, at: 1.3) - 0.03) < 1e-6)
        #expect(abs(try value(clip, 57, at: 1.3) - 0.01) < 1e-6)
    }

    @Test func theBodysYawIsTheHeads() throws {
        let data = file([pose(straight, bodyYaw: 0.2), pose(left, bodyYaw: 0.2)], times: [0, 1])
        let clip = try RecordedMove.reachy(data, file: "m.json")
        #expect(abs(try value(clip, 52, at: 1.3) - (.pi / 6 + 0.2)) < 1e-5)
    }

    @Test func badMovesAreRefusedWithTheirPlace() {
        let cases: [(Data, RecordedMove.Problem)] = [
            (Data("{".utf8), .notJSON(file: "m")), (Data("{}".utf8), .missing(file: "m", key: "time")),
            (Data(#"{"time": [1]}"#.utf8), .missing(file: "m", key: "set_target_data")),
            (file([pose(straight)], times: [0, 1]), .wrongCount(file: "m", times: 2, poses: 1)),
            (file([pose(straight)], times: [0]), .empty(file: "m")),
            (file([pose(straight), pose(straight)], times: [1, 1]), .timesNotRising(file: "m", index: 1)),
            (file([pose(straight), pose([[1, 2]])], times: [0, 1]), .wrongPose(file: "m", index: 1)),
            (
                file(
                    [pose(straight), pose([[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])], times: [0, 1]),
                .wrongPose(file: "m", index: 1)
            ),
        ]
        for (data, problem) in cases {
            #expect(throws: problem) { try RecordedMove.reachy(data, file: "m") }
        }
    }

    @Test func aTrackMovesWhatItHasSensed() throws {
        var track = Track(frames: [])
        for number in 0..<51 {
            var frame = PersonFrame(time: Double(number) / 25)
            frame.sense(TrackColumn(.jawOpen), Float(number) / 100)
            track.frames.append(frame)
        }
        let clip = try RecordedMove.clip(track, file: "t.csv")
        #expect(abs(clip.duration - 2.6) < 1e-9 && clip.curves.count == 1)
        #expect(abs(try value(clip, Blendshape.jawOpen.rawValue, at: 1.3) - 0.25) < 1e-5)
    }

    @Test func namesLeadNowhereElse() throws {
        let folder = NSTemporaryDirectory() + "mien-moves-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/a/b", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["secret.csv", "a/open.csv", "a/b/deep.csv", "a/.hidden"] {
            _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: Data())
        }
        let shelf = MoveShelf(folders: [folder + "/a"], isImmediate: true)
        #expect(shelf.path(of: "open.csv", besides: "nowhere/s.lua") == folder + "/a/open.csv")
        #expect(shelf.path(of: "b/deep.csv", besides: "nowhere/s.lua") != nil)
        for name in ["../secret.csv", "/etc/passwd", "b/../../secret.csv", ".hidden", "", "b", "b//deep.csv"] {
            #expect(shelf.path(of: name, besides: "nowhere/s.lua") == nil, "\(name)")
        }
    }
}
