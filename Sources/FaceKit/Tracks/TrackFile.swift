/// Mien's track file: CSV with `time_s` and any of the 61 columns of `TrackColumn`, matched by name.
///
/// A missing column is a channel that is not sensed, an empty cell one that was not sensed in that frame. Times are
/// seconds from the track's start, from 0 to 24 hours, and increase strictly. Coefficients and voice a little outside 0…1 are clamped
/// and counted, those below −0.5 or above 2 refused.
public enum TrackFile {
    /// The name of the column of time stamps.
    public static let timeColumn = "time_s"
    /// The longest track: 24 hours, in seconds.
    public static let longest = 86_400.0

    /// Reads a track of this format. `TrackReader` reads others as well.
    public static func read(_ path: String) throws(Error) -> Track {
        try read(CSVTable(path: path))
    }

    static func read(_ table: CSVTable) throws(Error) -> Track {
        guard let timeIndex = try table.indices()[timeColumn] else {
            throw Error.missingColumn(path: table.path, name: timeColumn)
        }
        var columns = [(index: Int, column: TrackColumn)]()
        for (index, name) in table.header.enumerated() where index != timeIndex {
            guard let column = TrackColumn(name: name) else {
                throw Error.unknownColumn(path: table.path, name: name, nearest: nearest(to: name))
            }
            columns.append((index, column))
        }

        let channels = columns.reduce(into: SensedChannels()) { $0.insert(SensedChannels($1.column)) }
        var track = Track(frames: [], channels: channels)
        try table.forEachRow { (row) throws(Error) in
            let meaning = "seconds from the track's start, 0 to 86400"
            guard let time = try row.number(timeIndex, expected: meaning) else {
                throw row.notANumber(timeIndex, expected: meaning)
            }
            guard (0...longest).contains(time) else { throw row.outOfRange(timeIndex, expected: meaning) }
            if let previous = track.frames.last?.time, time <= previous {
                throw Error.timeNotIncreasing(
                    path: table.path, line: row.line, column: timeColumn, found: time, previous: previous)
            }
            var frame = PersonFrame(time: time)
            for (index, column) in columns {
                if let value = try row.value(index, column, clamped: &track.clampedValues) {
                    frame.sense(column, value)
                }
            }
            track.frames.append(frame)
        }
        guard !track.frames.isEmpty else { throw Error.noFrames(path: table.path) }
        return track
    }

    /// Throws what would keep a file from being written to this path, before there is anything to write.
    public static func requireWritable(_ path: String) throws(Error) {
        do {
            try Destination.requireWritable(path)
        } catch {
            throw Error.cannotWrite(path: StandardStream.output(path), code: error.code)
        }
    }

    /// Writes a track with the columns of its `channels`, in canonical order. Numbers are written with as many digits as
    /// read back the same; a channel that a frame did not sense is an empty cell. The file appears whole or not at all.
    public static func write(_ track: Track, to path: String) throws(Error) {
        var batch = FileBatch()
        try batch.add(track, to: path)
        try batch.publish()
    }

    /// The text of a track's file at `path`.
    static func text(of track: Track, path: String) throws(Error) -> String {
        let columns = track.channels.columns
        var text = ([timeColumn] + columns.map(\.name)).joined(separator: ",") + "\n"
        for (index, frame) in track.frames.enumerated() {
            guard frame.time.isFinite else { throw Error.notFinite(path: path, frame: index, column: timeColumn) }
            text += digits(frame.time)
            for column in columns {
                text += ","
                guard let value = frame.value(column) else { continue }
                guard value.isFinite else { throw Error.notFinite(path: path, frame: index, column: column.name) }
                text += digits(value)
            }
            text += "\n"
        }
        return text
    }

    /// The shortest decimal number that reads back the same, without ".0".
    static func digits(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text == "-0.0" ? "0" : text.dropLast(2)) : text
    }

    /// The known name closest to one that is not, when it is close enough to be meant.
    static func nearest(to name: String) -> String? {
        NearestName.to(name, among: TrackColumn.names + [timeColumn])
    }
}
