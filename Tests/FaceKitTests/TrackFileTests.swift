import FaceKit
import Foundation
import Testing

@Suite struct TrackFileReading {
    @Test func readsColumnsByNameInAnyOrderAndCapitals() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("JawOpen,time_s,head_yaw_rad,voice\n0.25,0,0.5,1\n0.5,0.04,-0.5,0\n")
        let track = try TrackFile.read(path)
        #expect(track.channels == [SensedChannels(.jawOpen), .headYaw, .voice])
        #expect(track.frames.map(\.time) == [0, 0.04])
        #expect(track.frames.map { $0.face[.jawOpen] } == [0.25, 0.5])
        #expect(track.frames.map(\.face.head.yaw) == [0.5, -0.5])
        #expect(track.frames.map(\.voice) == [1, 0])
        #expect(track.frames[0].value(.headPitch) == nil)
    }

    @Test func takesEmptyCellsAsNotSensedInThatFrame() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("time_s,jawOpen,gaze_region\n0,0.1,\n0.04,,\n0.08,,2\n")
        let track = try TrackFile.read(path)
        #expect(track.frames.map { $0.value(TrackColumn(.jawOpen)) } == [0.1, nil, nil])
        #expect(track.frames.map { $0.value(.gazeRegion) } == [nil, nil, 2])
        #expect(track.frames.map(\.isPresent) == [true, false, true])
    }

    @Test(arguments: [
        "time_s,jawOpen\r\n0,0.1\r\n1,0.2\r\n",
        "\u{FEFF}time_s,jawOpen\n0,0.1\n1,0.2",
        "time_s,jawOpen\r0,0.1\r1,0.2\r",
        " time_s , jawOpen \n\n 0 ,\t0.1\n\n1,0.2 \n\n",
        "\"time_s\",\"jawOpen\"\n\"0\",\"0.1\"\n1,\"0.2\"\n",
    ])
    func takesEveryCommonWayToWriteLines(text: String) throws {
        let folder = try TemporaryFolder()
        let track = try TrackFile.read(folder.write(text))
        #expect(track.frames.map(\.time) == [0, 1])
        #expect(track.frames.map { $0.face[.jawOpen] } == [0.1, 0.2])
    }

    @Test func clampsSmallOvershootAndCountsIt() throws {
        let folder = try TemporaryFolder()
        let track = try TrackFile.read(folder.write("time_s,jawOpen\n0,-0.01\n1,1.2\n2,0.3\n"))
        #expect(track.frames.map { $0.face[.jawOpen] } == [0, 1, 0.3])
        #expect(track.clampedValues == 2)
    }

    @Test func findsTheLineAndColumnOfEachMistake() throws {
        let folder = try TemporaryFolder()
        func error(_ text: String) throws -> TrackFile.Error? {
            let path = try folder.write(text)
            return #expect(throws: TrackFile.Error.self) { try TrackFile.read(path) }
        }
        let path = folder.file("in.csv")
        let coefficient = "a number from 0 to 1"
        let seconds = "seconds from the track's start, 0 to 86400"
        #expect(try error("") == .empty(path: path))
        #expect(try error("\n \n") == .empty(path: path))
        #expect(try error("time_s,jawOpen\n") == .noFrames(path: path))
        #expect(try error("jawOpen\n1\n") == .missingColumn(path: path, name: "time_s"))
        #expect(try error("time_s;jawOpen\n0;0,1\n") == .semicolons(path: path))
        #expect(
            try error("time_s,mouthSmielLeft\n0,0\n")
                == .unknownColumn(path: path, name: "mouthSmielLeft", nearest: "mouthSmileLeft"))
        #expect(
            try error("time_s,pulse_per_minute\n0,0\n")
                == .unknownColumn(path: path, name: "pulse_per_minute", nearest: nil))
        #expect(try error("time_s,jawOpen,JAWOPEN\n0,0,0\n") == .duplicateColumn(path: path, name: "JAWOPEN"))
        #expect(
            try error("time_s,jawOpen\n0,0\n1\n") == .wrongCellCount(path: path, line: 3, found: 1, expected: 2))
        #expect(
            try error("time_s,jawOpen\n0,0,0\n") == .wrongCellCount(path: path, line: 2, found: 3, expected: 2))
        #expect(
            try error("time_s,jawOpen\n0,0\n0,0\n")
                == .timeNotIncreasing(path: path, line: 3, column: "time_s", found: 0, previous: 0))
        #expect(
            try error("time_s,jawOpen\n,0\n")
                == .notANumber(path: path, line: 2, column: "time_s", found: "", expected: seconds))
        #expect(
            try error("time_s,jawOpen\n-1,0\n")
                == .outOfRange(path: path, line: 2, column: "time_s", found: "-1", expected: seconds))
        for bad in ["nan", "inf", "-infinity", "0x1p3", "x", "0.1.2", "1e999", "0,1".replacing(",", with: "'")] {
            #expect(
                try error("time_s,jawOpen\n0,0\n1,\(bad)\n")
                    == .notANumber(path: path, line: 3, column: "jawOpen", found: bad, expected: coefficient))
        }
        for bad in ["-0.6", "2.5", "1e30"] {
            #expect(
                try error("time_s,jawOpen\n0,\(bad)\n")
                    == .outOfRange(path: path, line: 2, column: "jawOpen", found: bad, expected: coefficient))
        }
        #expect(
            try error("time_s,head_yaw_rad\n0,25\n")
                == .outOfRange(
                    path: path, line: 2, column: "head_yaw_rad", found: "25", expected: "radians from -3.142 to 3.142"))
        #expect(try error("time_s,jawOpen\n0,\"1\n") == .badQuotes(path: path, line: 2))
    }

    @Test func refusesBytesThatAreNotText() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("in.csv")
        try Data([0xFF, 0xFE, 0x74, 0x00, 0x0A, 0x00]).write(to: URL(fileURLWithPath: path))
        #expect(throws: TrackFile.Error.notText(path: path, line: 1)) { try TrackFile.read(path) }
    }

    @Test func saysWhyAPathCannotBeRead() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("none.csv")
        #expect(throws: TrackFile.Error.cannotRead(path: missing, fault: .system(code: ENOENT))) {
            try TrackFile.read(missing)
        }
        let directory = folder.path
        #expect(throws: TrackFile.Error.cannotRead(path: directory, fault: .system(code: EISDIR))) {
            try TrackFile.read(directory)
        }
        #expect(
            "\(TrackFile.Error.cannotRead(path: "a.csv", fault: .system(code: ENOENT)))"
                == "a.csv: cannot be read: no such file or directory.")
    }
}

@Suite struct TrackFileWriting {
    @Test func writesSensedColumnsAndLeavesCellsEmpty() throws {
        let folder = try TemporaryFolder()
        var first = PersonFrame(time: 0)
        first.sense(.voice, 0.5)
        first.sense(TrackColumn(.jawOpen), 0.25)
        var second = PersonFrame(time: 0.04)
        second.sense(.headYaw, -0.125)
        let path = folder.file("out.csv")
        try TrackFile.write(Track(frames: [first, second]), to: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == "time_s,jawOpen,head_yaw_rad,voice\n0,0.25,,0.5\n0.04,,-0.125,\n")
    }

    @Test func writesGeneratedFacesWithAll58Columns() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("out.csv")
        let track = Track(faces: [FaceFrame.neutral, FaceFrame.neutral], frameRate: 25)
        try TrackFile.write(track, to: path)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines[0].split(separator: ",").count == 59)
        #expect(lines[0].hasPrefix("time_s,eyeBlinkLeft,eyeLookDownLeft,"))
        #expect(
            lines[0].hasSuffix(
                ",tongueOut,head_yaw_rad,head_pitch_rad,head_roll_rad,head_x_m,head_y_m,head_z_m"))
        #expect(lines[2].hasPrefix("0.04,0,0,"))
    }

    @Test func readsBackBitForBitWhatItWrote() throws {
        let folder = try TemporaryFolder()
        let random = CounterRandom(seed: 3, system: .test)
        var frames = [PersonFrame]()
        for index in 0..<50 {
            var frame = PersonFrame(time: Double(index) / 25 + 0.001)
            for column in TrackColumn.all {
                frame.sense(column, random.uniform(frame: UInt32(index), draw: UInt32(column.rawValue)))
            }
            frames.append(frame)
        }
        let path = folder.file("out.csv")
        try TrackFile.write(Track(frames: frames), to: path)
        let read = try TrackFile.read(path)
        #expect(read.frames.map(\.time) == frames.map(\.time))
        for column in TrackColumn.all {
            #expect(read.frames.map { $0[column].bitPattern } == frames.map { $0[column].bitPattern })
        }
    }

    @Test func refusesNumbersThatAreNotFiniteAndLeavesTheOldFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "out.csv")
        var frame = PersonFrame(time: 0)
        frame.sense(.headX, .nan)
        let track = Track(frames: [frame])
        #expect(throws: TrackFile.Error.notFinite(path: path, frame: 0, column: "head_x_m")) {
            try TrackFile.write(track, to: path)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    }

    @Test func saysWhyAPathCannotBeWrittenAndLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("none/out.csv")
        let track = Track(faces: [FaceFrame.neutral], frameRate: 25)
        #expect(throws: TrackFile.Error.cannotWrite(path: path, code: ENOENT)) {
            try TrackFile.write(track, to: path)
        }
        let directory = folder.path
        #expect(throws: TrackFile.Error.cannotWrite(path: directory, code: EISDIR)) {
            try TrackFile.write(track, to: directory)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test func writesToDevicesWithoutReplacingThem() throws {
        try TrackFile.write(Track(faces: [FaceFrame.neutral], frameRate: 25), to: "/dev/null")
        let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        #expect(type == .typeCharacterSpecial)
    }
}

@Suite struct LandmarkFiles {
    @Test func writesExactlyTheAgreedHeader() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lm.csv")
        var frame = LandmarkFrame2D()
        frame[0] = SIMD2(0.25, 0.5)
        frame[67] = SIMD2(0.75, 1)
        try LandmarkFile.write([frame], to: path)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let expected = (0..<68).map { "x_\($0)" } + (0..<68).map { "y_\($0)" }
        #expect(lines[0] == expected.joined(separator: ","))
        let cells = lines[1].split(separator: ",")
        #expect(cells.count == 136)
        #expect(cells[0] == "0.25" && cells[67] == "0.75" && cells[68] == "0.5" && cells[135] == "1")
    }

    @Test func readsBackDepth() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lm.csv")
        var frame = LandmarkFrame()
        for index in 0..<68 { frame[index] = SIMD3(Float(index), Float(index) / 100, -Float(index) / 7) }
        try LandmarkFile.write([frame, LandmarkFrame()], to: path)
        let contents = try LandmarkFile.read(path)
        #expect(contents.hasDepth)
        #expect(contents.frames.count == 2)
        for index in 0..<68 { #expect(contents.frames[0][index] == frame[index]) }
    }

    @Test func namesAMissingColumn() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x_0,x_1\n0,0\n")
        #expect(throws: TrackFile.Error.missingColumn(path: path, name: "x_2")) { try LandmarkFile.read(path) }
    }
}
