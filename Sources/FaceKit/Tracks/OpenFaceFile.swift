import Foundation

/// Output of OpenFace 2 (FeatureExtraction) as CSV: action units, head pose and gaze, matched by trimmed name.
///
/// - Action units `AUxx_r` run from 0 to 5 and become coefficients `AU / 5` on both sides (see `units`); the lips part
///   by `jawOpen − mouthClose`, so `jawOpen = max(AU25, AU26)` and `mouthClose = max(0, AU26 − AU25)`.
/// - OpenFace's camera frame has x to the image's right, y down and z away from the camera, with R = Rx·Ry·Rz. Ours,
///   seen by that camera, has x to the image's right too (the subject's left), y up and z towards the camera, so a
///   half turn about x leads from one to the other: R becomes Rx(rx)·Ry(−ry)·Rz(−rz), a position (x, −y, −z).
///   Positions are millimetres from the camera; ours are metres from the track's median position.
/// - `gaze_angle_x` (positive to the image's right) and `gaze_angle_y` (positive down) are in the camera's frame; with the
///   head's rotation taken out they become the `eyeLook` shapes.
/// - Cells that say `nan` were not measured.
/// - Rows without success or with low confidence are frames in which nobody was there. Of several faces (`face_id`) the
///   first row's is read.
public enum OpenFaceFile {
    public typealias Error = TrackFile.Error

    public struct Settings: Sendable {
        /// The least `confidence` that counts, 0 to 1.
        public var leastConfidence: Double

        public init(leastConfidence: Double = 0.5) { self.leastConfidence = leastConfidence }
    }

    static let timeColumn = "timestamp"

    /// Action units and the shapes they drive, each with the unit's intensity / 5.
    static let units: [(unit: Int, shapes: [Blendshape])] = [
        (1, [.browInnerUp]), (2, [.browOuterUpLeft, .browOuterUpRight]), (4, [.browDownLeft, .browDownRight]),
        (5, [.eyeWideLeft, .eyeWideRight]), (6, [.cheekSquintLeft, .cheekSquintRight]),
        (7, [.eyeSquintLeft, .eyeSquintRight]), (9, [.noseSneerLeft, .noseSneerRight]),
        (10, [.mouthUpperUpLeft, .mouthUpperUpRight]), (12, [.mouthSmileLeft, .mouthSmileRight]),
        (14, [.mouthDimpleLeft, .mouthDimpleRight]), (15, [.mouthFrownLeft, .mouthFrownRight]),
        (17, [.mouthShrugLower, .mouthShrugUpper]), (20, [.mouthStretchLeft, .mouthStretchRight]),
        (45, [.eyeBlinkLeft, .eyeBlinkRight]),
    ]

    /// Radians of eye rotation at which ARKit's `eyeLook` shapes reach 1, sideways and up or down: regression of the
    /// eye angles on the shapes in two Live Link Face takes (r > 0.99).
    static let fullEyeAngle = (sideways: 0.60, upright: 0.55)

    /// Reads OpenFace's output.
    public static func read(_ path: String, _ settings: Settings = Settings()) throws(Error) -> Track {
        try read(CSVTable(path: path), settings)
    }

    static func read(_ table: CSVTable, _ settings: Settings) throws(Error) -> Track {
        let columns = try Columns(table)
        var track = Track(frames: [], channels: columns.channels)
        var face: Double?
        var start: Double?
        try table.forEachRow { (row) throws(Error) in
            if let index = columns.face, let found = try row.number(index, expected: "a face's number") {
                if face == nil { face = found }
                guard found == face else { return }
            }
            guard let stamp = try row.number(columns.time, expected: "seconds") else {
                throw row.notANumber(columns.time, expected: "seconds")
            }
            if start == nil { start = stamp }
            let time = stamp - (start ?? 0)
            guard time <= TrackFile.longest else {
                throw row.outOfRange(columns.time, expected: "at most 24 hours in all")
            }
            if let previous = track.frames.last?.time, time <= previous {
                throw Error.timeNotIncreasing(
                    path: table.path, line: row.line, column: timeColumn, found: time, previous: previous)
            }
            var frame = PersonFrame(time: time)
            if try columns.isReliable(row, settings) {
                try columns.readUnits(row, into: &frame, clamped: &track.clampedValues)
                let rotation = try columns.readPose(row, into: &frame)
                try columns.readGaze(row, rotation, into: &frame)
            }
            track.frames.append(frame)
        }
        guard !track.frames.isEmpty else { throw Error.noFrames(path: table.path) }
        track.moveRestToMedian()
        return track
    }
}

/// Where OpenFace's columns stand in one file.
private struct Columns {
    typealias Error = TrackFile.Error

    let time: Int
    let face: Int?
    let success: Int?
    let confidence: Int?
    let units: [(index: Int, shapes: [Blendshape])]
    let lipsPart: Int?
    let jawDrop: Int?
    let rotation: [Int]?
    let translation: [Int]?
    let gaze: [Int]?

    init(_ table: CSVTable) throws(Error) {
        let indices = try table.exactIndices()
        func all(_ names: String...) -> [Int]? {
            let found = names.compactMap { indices[$0] }
            return found.count == names.count ? found : nil
        }
        func unit(_ number: Int) -> Int? { indices["AU\(number < 10 ? "0" : "")\(number)_r"] }
        guard let time = indices[OpenFaceFile.timeColumn] else {
            throw Error.missingColumn(path: table.path, name: OpenFaceFile.timeColumn)
        }
        self.time = time
        face = indices["face_id"]
        success = indices["success"]
        confidence = indices["confidence"]
        units = OpenFaceFile.units.compactMap { entry in unit(entry.unit).map { ($0, entry.shapes) } }
        lipsPart = unit(25)
        jawDrop = unit(26)
        rotation = all("pose_Rx", "pose_Ry", "pose_Rz")
        translation = all("pose_Tx", "pose_Ty", "pose_Tz")
        gaze = all("gaze_angle_x", "gaze_angle_y")
    }

    var channels: SensedChannels {
        var result = SensedChannels()
        for shape in units.flatMap(\.shapes) { result.insert(SensedChannels(shape)) }
        if lipsPart != nil || jawDrop != nil { result.insert(SensedChannels(.jawOpen)) }
        if lipsPart != nil && jawDrop != nil { result.insert(SensedChannels(.mouthClose)) }
        if rotation != nil { result.insert(.headRotation) }
        if translation != nil { result.insert(.headTranslation) }
        if gaze != nil && rotation != nil {
            for shape in Blendshape.allCases where shape.name.hasPrefix("eyeLook") {
                result.insert(SensedChannels(shape))
            }
        }
        return result
    }

    func isReliable(_ row: CSVTable.Row, _ settings: OpenFaceFile.Settings) throws(Error) -> Bool {
        if let success, try row.number(success, expected: "0 or 1") != 1 { return false }
        guard let confidence else { return true }
        return try row.measurement(confidence, expected: "a number from 0 to 1") ?? 0 >= settings.leastConfidence
    }

    func readUnits(_ row: CSVTable.Row, into frame: inout PersonFrame, clamped: inout Int) throws(Error) {
        func intensity(_ index: Int) throws(Error) -> Float? {
            let meaning = "an intensity from 0 to 5"
            guard let value = try row.measurement(index, expected: meaning) else { return nil }
            guard (-2.5...10).contains(value) else { throw row.outOfRange(index, expected: meaning) }
            if !(0...5).contains(value) { clamped += 1 }
            return Float(min(max(value / 5, 0), 1))
        }
        for (index, shapes) in units {
            guard let value = try intensity(index) else { continue }
            for shape in shapes { frame.sense(TrackColumn(shape), value) }
        }
        let part = try lipsPart.map { (index) throws(Error) in try intensity(index) } ?? nil
        let drop = try jawDrop.map { (index) throws(Error) in try intensity(index) } ?? nil
        if part != nil || drop != nil { frame.sense(TrackColumn(.jawOpen), max(part ?? 0, drop ?? 0)) }
        if let part, let drop { frame.sense(TrackColumn(.mouthClose), max(0, drop - part)) }
    }

    func readPose(_ row: CSVTable.Row, into frame: inout PersonFrame) throws(Error) -> Rotation? {
        if let values = try numbers(row, translation, within: 100_000, "millimetres within ±100000") {
            frame.sense(.headX, values[0] / 1000)
            frame.sense(.headY, -values[1] / 1000)
            frame.sense(.headZ, -values[2] / 1000)
        }
        guard let values = try numbers(row, rotation, within: 2 * .pi, "radians") else { return nil }
        let matrix =
            Rotation(yaw: 0, pitch: values[0], roll: 0) * Rotation(yaw: -values[1], pitch: 0, roll: 0)
            * Rotation(yaw: 0, pitch: 0, roll: -values[2])
        let angles = matrix.angles
        frame.sense(.headYaw, angles.yaw)
        frame.sense(.headPitch, angles.pitch)
        frame.sense(.headRoll, angles.roll)
        return matrix
    }

    func readGaze(_ row: CSVTable.Row, _ rotation: Rotation?, into frame: inout PersonFrame) throws(Error) {
        guard let rotation, let values = try numbers(row, gaze, within: .pi / 2, "radians within ±1.571") else {
            return
        }
        let eyes = rotation.inverse(SIMD3(tan(values[0]), -tan(values[1]), 1))
        let left = atan2(eyes.x, eyes.z) / Float(OpenFaceFile.fullEyeAngle.sideways)
        let down = atan2(-eyes.y, eyes.z) / Float(OpenFaceFile.fullEyeAngle.upright)
        func set(_ shape: Blendshape, _ value: Float) { frame.sense(TrackColumn(shape), min(max(value, 0), 1)) }
        set(.eyeLookOutLeft, left)
        set(.eyeLookInRight, left)
        set(.eyeLookInLeft, -left)
        set(.eyeLookOutRight, -left)
        set(.eyeLookDownLeft, down)
        set(.eyeLookDownRight, down)
        set(.eyeLookUpLeft, -down)
        set(.eyeLookUpRight, -down)
    }

    private func numbers(
        _ row: CSVTable.Row, _ indices: [Int]?, within limit: Double, _ meaning: String
    ) throws(Error) -> [Float]? {
        guard let indices else { return nil }
        var result = [Float]()
        for index in indices {
            guard let value = try row.measurement(index, expected: meaning) else { return nil }
            guard abs(value) <= limit else { throw row.outOfRange(index, expected: meaning) }
            result.append(Float(value))
        }
        return result
    }
}

extension Track {
    /// Moves the head's rest position to the median of where the head was.
    fileprivate mutating func moveRestToMedian() {
        for column in [TrackColumn.headX, .headY, .headZ] {
            let values = frames.compactMap { $0.value(column) }.sorted()
            guard !values.isEmpty else { continue }
            let median = values[values.count / 2]
            for index in frames.indices where frames[index].value(column) != nil {
                frames[index][column] -= median
            }
        }
    }
}
