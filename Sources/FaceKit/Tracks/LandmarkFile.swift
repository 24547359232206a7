/// Landmark files: CSV with one row a frame and the header `x_0…x_67,y_0…y_67[,z_0…z_67]`.
///
/// Image coordinates: x to the viewer's right, y down, z towards the viewer, all in units of the square image's side.
public enum LandmarkFile {
    public typealias Error = TrackFile.Error

    /// The columns with or without depth.
    public static func header(hasDepth: Bool) -> [String] {
        (hasDepth ? ["x", "y", "z"] : ["x", "y"]).flatMap { axis in
            (0..<LandmarkFrame.count).map { "\(axis)_\($0)" }
        }
    }

    /// The frames of a landmark file; z is 0 where the file has none.
    public struct Contents: Sendable {
        public var frames: [LandmarkFrame]
        public var hasDepth: Bool
    }

    /// Reads a landmark file, by name, in any order of columns.
    public static func read(_ path: String) throws(Error) -> Contents {
        let table = try CSVTable(path: path)
        let indices = try table.indices()
        let hasDepth = indices["z_0"] != nil
        let names = header(hasDepth: hasDepth)
        var places = [Int]()
        for name in names {
            guard let index = indices[name] else { throw Error.missingColumn(path: table.path, name: name) }
            places.append(index)
        }
        if let extra = table.header.first(where: { !names.contains($0.lowercased()) }) {
            throw Error.unknownColumn(path: table.path, name: extra, nearest: "x_0 to y_67 or z_67")
        }
        var frames = [LandmarkFrame]()
        try table.forEachRow { (row) throws(Error) in
            var frame = LandmarkFrame()
            for (place, index) in places.enumerated() {
                let meaning = "a coordinate within ±1000"
                guard let value = try row.number(index, expected: meaning) else {
                    throw row.notANumber(index, expected: meaning)
                }
                guard abs(value) <= 1000 else { throw row.outOfRange(index, expected: meaning) }
                frame.points[place % LandmarkFrame.count][place / LandmarkFrame.count] = Float(value)
            }
            frames.append(frame)
        }
        guard !frames.isEmpty else { throw Error.noFrames(path: table.path) }
        return Contents(frames: frames, hasDepth: hasDepth)
    }

    /// Writes frames of an image's landmarks: x and y.
    public static func write(_ frames: [LandmarkFrame2D], to path: String) throws(Error) {
        var batch = FileBatch()
        try batch.add(frames, to: path)
        try batch.publish()
    }

    /// Writes frames with depth: x, y and z as they stand, so convert them to image coordinates first.
    public static func write(_ frames: [LandmarkFrame], to path: String) throws(Error) {
        var batch = FileBatch()
        try batch.add(frames, to: path)
        try batch.publish()
    }

    /// The text of a file at `path`.
    static func text(of frames: [LandmarkFrame2D], path: String) throws(Error) -> String {
        try text(of: frames, axes: 2, path: path) { $0.points[$1][$2] }
    }

    static func text(of frames: [LandmarkFrame], path: String) throws(Error) -> String {
        try text(of: frames, axes: 3, path: path) { $0.points[$1][$2] }
    }

    private static func text<Frame>(
        of frames: [Frame], axes: Int, path: String, value: (Frame, Int, Int) -> Float
    ) throws(Error) -> String {
        let names = header(hasDepth: axes == 3)
        var text = names.joined(separator: ",") + "\n"
        for (index, frame) in frames.enumerated() {
            for (place, name) in names.enumerated() {
                let number = value(frame, place % LandmarkFrame.count, place / LandmarkFrame.count)
                guard number.isFinite else { throw Error.notFinite(path: path, frame: index, column: name) }
                text += (place == 0 ? "" : ",") + TrackFile.digits(number)
            }
            text += "\n"
        }
        return text
    }
}
