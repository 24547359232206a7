import FaceKit
import Foundation
import Testing

@Suite struct LiveLinkTakes {
    /// The app's own order of columns, in which the right jaw and mouth come before the left.
    static let header =
        "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,EyeLookUpLeft,EyeSquintLeft,"
        + "EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,EyeLookOutRight,EyeLookUpRight,EyeSquintRight,"
        + "EyeWideRight,JawForward,JawRight,JawLeft,JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,"
        + "MouthSmileLeft,MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
        + "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,MouthShrugUpper,"
        + "MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,MouthUpperUpLeft,MouthUpperUpRight,"
        + "BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,BrowOuterUpRight,CheekPuff,CheekSquintLeft,"
        + "CheekSquintRight,NoseSneerLeft,NoseSneerRight,TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,"
        + "LeftEyeRoll,RightEyeYaw,RightEyePitch,RightEyeRoll"

    /// A row whose cells are 0 but for those named.
    static func row(_ timecode: String, _ values: [String: String] = [:], count: String = "61") -> String {
        let names = header.split(separator: ",").map(String.init)
        return names.map { name in
            switch name {
            case "Timecode": timecode
            case "BlendShapeCount": count
            default: values[name] ?? "0"
            }
        }.joined(separator: ",")
    }

    private func read(_ rows: String..., settings: LiveLinkFile.Settings = .init()) throws -> Track {
        let folder = try TemporaryFolder()
        let path = try folder.write(([Self.header] + rows).joined(separator: "\n") + "\n")
        return try LiveLinkFile.read(path, settings)
    }

    @Test func readsByNameSoThatLeftStaysLeft() throws {
        let track = try read(
            Self.row("13:13:04:31.652", ["JawRight": "0.1", "JawLeft": "0.2", "MouthRight": "0.3", "MouthLeft": "0.4"]))
        let face = track.frames[0].face
        #expect(face[.jawRight] == 0.1 && face[.jawLeft] == 0.2)
        #expect(face[.mouthRight] == 0.3 && face[.mouthLeft] == 0.4)
        #expect(track.channels == .allBlendshapes)
    }

    @Test func countsFramesOf60WhenTheirNumbersSaySo() throws {
        let track = try read(Self.row("10:00:00:58.5"), Self.row("10:00:01:00.5"), Self.row("10:00:01:02.5"))
        #expect(track.frames.count == 3)
        for (frame, expected) in zip(track.frames, [0, 2.0 / 60, 4.0 / 60]) {
            #expect(abs(frame.time - expected) < 1e-9)
        }
    }

    @Test func countsFramesOf30Otherwise() throws {
        let track = try read(Self.row("10:00:00:28"), Self.row("10:00:00:29"), Self.row("10:00:01:00"))
        for (frame, expected) in zip(track.frames, [0, 1.0 / 30, 2.0 / 30]) {
            #expect(abs(frame.time - expected) < 1e-9)
        }
    }

    @Test func runsOverMidnight() throws {
        let track = try read(Self.row("23:59:59:30.0"), Self.row("00:00:00:00.0"), Self.row("00:00:00:30.0"))
        for (frame, expected) in zip(track.frames, [0, 0.5, 1]) { #expect(abs(frame.time - expected) < 1e-9) }
    }

    @Test func dropFrameTimecodesSkipNumbersNotTime() throws {
        // SMPTE 12M: after 00:00:59;29 comes 00:01:00;02, one frame of 1001/30000 s later.
        let track = try read(
            Self.row("00:00:59;29"), Self.row("00:01:00;02"), Self.row("00:01:00;03"),
            settings: .init(timecodeRate: 30))
        let step = 1001.0 / 30_000
        for (frame, expected) in zip(track.frames, [0, step, 2 * step]) { #expect(abs(frame.time - expected) < 1e-9) }
    }

    @Test func aHeadThatNeverMovesWasNotRecorded() throws {
        let still = try read(Self.row("00:00:00:00"), Self.row("00:00:00:01"))
        #expect(still.frames.allSatisfy { $0.value(.headYaw) == nil })
        let moving = try read(
            Self.row("00:00:00:00"), Self.row("00:00:00:01", ["HeadYaw": "0.25", "HeadPitch": "-0.5"]))
        #expect(moving.channels == [.allBlendshapes, .headRotation])
        #expect(moving.frames.map { $0.value(.headYaw) } == [0, 0.25])
        #expect(moving.frames.map { $0.value(.headPitch) } == [0, -0.5])
        #expect(moving.frames.map { $0.value(.headX) } == [nil, nil])
    }

    @Test func takesDegreesWhereTheSettingSaysSo() throws {
        let track = try read(Self.row("00:00:00:00", ["HeadYaw": "90"]), settings: .init(angleUnit: .degrees))
        #expect(abs((track.frames[0].value(.headYaw) ?? 0) - .pi / 2) < 1e-6)
        #expect(throws: TrackFile.Error.self) { try read(Self.row("00:00:00:00", ["HeadYaw": "90"])) }
    }

    @Test func framesWithoutAFaceAreEmpty() throws {
        let track = try read(Self.row("00:00:00:00"), "00:00:00:01,0", Self.row("00:00:00:02", count: "0"))
        #expect(track.frames.map(\.isPresent) == [true, false, false])
    }

    @Test func refusesWhatIsNoTimecode() throws {
        for bad in ["", "1:2:3", "24:00:00:00", "00:60:00:00", "00:00:00:x", "00:00:00:nan", "00:00:00:-1"] {
            #expect(throws: TrackFile.Error.self) { try read(Self.row(bad)) }
        }
        #expect(throws: TrackFile.Error.self) { try read(Self.row("00:00:01:00"), Self.row("00:00:01:00")) }
    }

    @Test(.enabled(if: Recordings.folder != nil, "MIEN_DATA is not set"))
    func readsTheTakesOfAPhone() throws {
        // Row counts and lengths from the files themselves: awk over rows, timecodes at 60 a second.
        for (name, rows, seconds) in [("alex_rom_3", 4030, 134.3818), ("alex_rom_4", 3809, 126.9826)] {
            let folder = try TemporaryFolder()
            let path = try Recordings.unpacked("livelink/\(name).csv.gz", in: folder.file("take.csv"))
            let (track, format) = try TrackReader().read(path)
            #expect(format == .liveLink)
            #expect(track.channels == .allBlendshapes)
            #expect(track.frames.count == rows)
            #expect(abs(track.duration - seconds) < 0.001)
            #expect(track.frames.allSatisfy { $0.isPresent })
            let even = track.resampled(to: 25)
            #expect(even.frames.count == Int(seconds * 25) + 1)
            #expect(even.frames.allSatisfy { $0.isPresent })
        }
    }
}
