import FaceKit
import Foundation
import Testing

@Suite struct OpenFaceOutput {
    /// FeatureExtraction's layout: OpenFace 2 writes `x_0` (pixels) as well as `X_0` (mm), and older builds put a space
    /// before every name.
    static let names: [String] = {
        var names = ["frame", "face_id", "timestamp", "confidence", "success"]
        names += [
            "gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z", "gaze_angle_x", "gaze_angle_y",
        ]
        names += (0..<56).map { "eye_lmk_x_\($0)" } + (0..<56).map { "eye_lmk_y_\($0)" }
        names += ["pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"]
        for axis in ["x", "y", "X", "Y", "Z"] { names += (0..<68).map { "\(axis)_\($0)" } }
        names += ["p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"] + (0..<34).map { "p_\($0)" }
        let units = [
            "01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23", "25", "26", "45",
        ]
        return names + units.map { "AU\($0)_r" } + (units + ["28"]).map { "AU\($0)_c" }
    }()

    static func row(_ values: [String: String]) -> String {
        let defaults = ["confidence": "0.98", "success": "1"]
        return names.map { values[$0] ?? defaults[$0] ?? "0" }.joined(separator: ", ")
    }

    private func read(_ rows: [String: String]...) throws -> Track {
        let folder = try TemporaryFolder()
        let lines = [Self.names.joined(separator: ", ")] + rows.map(Self.row)
        return try TrackReader.read(folder.write(lines.joined(separator: "\n") + "\n"))
    }

    @Test func actionUnitsBecomeCoefficientsOnBothSides() throws {
        let track = try read(["timestamp": "0.033", "AU12_r": "2.5", "AU06_r": "1", "AU45_r": "5", "AU01_r": "5.5"])
        let frame = track.frames[0]
        #expect(frame.time == 0)
        for (shape, expected) in [
            (Blendshape.mouthSmileLeft, Float(0.5)), (.mouthSmileRight, 0.5), (.cheekSquintLeft, 0.2),
            (.cheekSquintRight, 0.2), (.eyeBlinkLeft, 1), (.browInnerUp, 1), (.mouthFrownLeft, 0),
        ] { #expect(frame.value(TrackColumn(shape)) == expected) }
        #expect(frame.value(TrackColumn(.tongueOut)) == nil)
        #expect(frame.value(.voice) == nil)
        #expect(track.clampedValues == 1)
    }

    @Test(arguments: [("1.5", "2.5", 0.5, 0.2), ("2.5", "1.5", 0.5, 0), ("0", "0", 0, 0)])
    func lipsPartByJawMinusClosedMouth(part: String, drop: String, jaw: Float, closed: Float) throws {
        let face = try read(["AU25_r": part, "AU26_r": drop]).frames[0].face
        #expect(abs(face[.jawOpen] - jaw) < 1e-6)
        #expect(abs(face[.mouthClose] - closed) < 1e-6)
    }

    @Test(
        // scipy: C · from_euler("XYZ", r) · C with C = diag(1, −1, −1), as_euler("YXZ").
        arguments: [
            (["0.2", "0.3", "-0.1"], [-0.3057318, 0.1909544, 0.0401666]), (["0", "0.5", "0"], [-0.5, 0, 0]),
            (["0.4", "0", "0"], [0, 0.4, 0]), (["0", "0", "0.25"], [0, 0, -0.25]),
        ] as [([String], [Float])])
    func headRotationsTurnIntoOurAxes(rotation: [String], expected: [Float]) throws {
        let head = try read(["pose_Rx": rotation[0], "pose_Ry": rotation[1], "pose_Rz": rotation[2]]).frames[0].face
            .head
        for (found, expected) in zip([head.yaw, head.pitch, head.roll], expected) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    @Test func headPositionsCountFromTheirMedianInMetres() throws {
        let track = try read(
            ["timestamp": "0", "pose_Tx": "100", "pose_Ty": "20", "pose_Tz": "500"],
            ["timestamp": "0.1", "pose_Tx": "110", "pose_Ty": "30", "pose_Tz": "480"],
            ["timestamp": "0.2", "pose_Tx": "120", "pose_Ty": "40", "pose_Tz": "470"])
        let last = track.frames[2].face.head
        // 10 mm to the image's right, 10 mm down, 10 mm nearer to the camera than the median.
        #expect(abs(last.x - 0.01) < 1e-6 && abs(last.y + 0.01) < 1e-6 && abs(last.z - 0.01) < 1e-6)
        #expect(track.frames[1].face.head.x == 0)
    }

    @Test func gazeLosesTheHeadsRotation() throws {
        // numpy, by the definition of the angles: see OpenFaceFile.
        let straight = try read(["gaze_angle_x": "0.3"]).frames[0].face
        #expect(abs(straight[.eyeLookOutLeft] - 0.5) < 1e-5 && abs(straight[.eyeLookInRight] - 0.5) < 1e-5)
        #expect(straight[.eyeLookInLeft] == 0 && straight[.eyeLookOutRight] == 0)
        let turned = try read([
            "gaze_angle_x": "0.1", "gaze_angle_y": "0.05", "pose_Rx": "0.2", "pose_Ry": "0.3", "pose_Rz": "-0.1",
        ]).frames[0].face
        #expect(abs(turned[.eyeLookOutLeft] - 0.6882768) < 1e-5)
        #expect(abs(turned[.eyeLookUpLeft] - 0.2174632) < 1e-5)
        #expect(turned[.eyeLookDownLeft] == 0)
    }

    @Test func rowsWithoutSuccessOrConfidenceAreEmpty() throws {
        let track = try read(
            ["timestamp": "0"], ["timestamp": "0.04", "success": "0"], ["timestamp": "0.08", "confidence": "0.3"],
            ["timestamp": "0.12"])
        #expect(track.frames.map(\.isPresent) == [true, false, false, true])
    }

    @Test func cellsThatSayNanWereNotMeasured() throws {
        let frame = try read(["gaze_angle_x": "-nan(ind)", "AU12_r": "nan", "AU06_r": "1"]).frames[0]
        #expect(frame.value(TrackColumn(.mouthSmileLeft)) == nil)
        #expect(frame.value(TrackColumn(.eyeLookInLeft)) == nil)
        #expect(frame.value(TrackColumn(.cheekSquintLeft)) == 0.2)
    }

    @Test func readsOneOfSeveralFaces() throws {
        let track = try read(
            ["timestamp": "0", "face_id": "3", "AU12_r": "1"], ["timestamp": "0", "face_id": "4", "AU12_r": "5"],
            ["timestamp": "0.04", "face_id": "4", "AU12_r": "5"], ["timestamp": "0.04", "face_id": "3", "AU12_r": "2"])
        #expect(track.frames.map { $0.face[.mouthSmileLeft] } == [0.2, 0.4])
    }

    @Test func nonsenseIsRefusedWithItsPlace() throws {
        #expect(throws: TrackFile.Error.self) { try read(["AU12_r": "50"]) }
        #expect(throws: TrackFile.Error.self) { try read(["pose_Rx": "20"]) }
        #expect(throws: TrackFile.Error.self) { try read(["timestamp": "1"], ["timestamp": "1"]) }
    }
}

@Suite struct FormatDetection {
    @Test func tellsFormatsByTheirHeader() throws {
        let folder = try TemporaryFolder()
        func format(_ text: String) throws -> TrackReader.Format { try TrackReader().read(folder.write(text)).format }
        #expect(try format("time_s,jawOpen\n0,0\n") == .mien)
        #expect(try format("\(LiveLinkTakes.header)\n\(LiveLinkTakes.row("00:00:00:00"))\n") == .liveLink)
        #expect(try format("frame, timestamp, confidence, success, AU12_r\n1, 0, 1, 1, 2\n") == .openFace)
    }

    @Test func saysWhatItExpectedOfAnUnknownHeader() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a,b,c\n1,2,3\n")
        #expect(throws: TrackFile.Error.unknownFormat(path: path, header: "a,b,c")) { try TrackReader.read(path) }
        let nearly = try folder.write("time,jawOpen\n0,0\n")
        #expect(throws: TrackFile.Error.missingColumn(path: nearly, name: "time_s")) { try TrackReader.read(nearly) }
    }
}
