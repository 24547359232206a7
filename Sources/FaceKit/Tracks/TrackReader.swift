/// A reader of face tracks in any of three formats, told apart by their header: Mien's own (`TrackFile`), a Live Link
/// Face take (`LiveLinkFile`) and OpenFace's output (`OpenFaceFile`).
public struct TrackReader: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case mien
        case liveLink
        case openFace
    }

    public var liveLink = LiveLinkFile.Settings()
    public var openFace = OpenFaceFile.Settings()

    public init() {}

    /// Reads a track, whichever format it has.
    public static func read(_ path: String) throws(TrackFile.Error) -> Track {
        try TrackReader().read(path).track
    }

    /// Reads a track and says which format it had.
    public func read(_ path: String) throws(TrackFile.Error) -> (track: Track, format: Format) {
        let table = try CSVTable(path: path)
        switch try Self.format(of: table) {
        case .mien: return (try TrackFile.read(table), .mien)
        case .liveLink: return (try LiveLinkFile.read(table, liveLink), .liveLink)
        case .openFace: return (try OpenFaceFile.read(table, openFace), .openFace)
        }
    }

    static func format(of table: CSVTable) throws(TrackFile.Error) -> Format {
        let names = Set(table.header.map { $0.lowercased() })
        if names.contains(TrackFile.timeColumn) { return .mien }
        if names.contains(LiveLinkFile.timeColumn.lowercased()) { return .liveLink }
        if names.contains(OpenFaceFile.timeColumn) && !names.isDisjoint(with: ["confidence", "success"]) {
            return .openFace
        }
        if names.contains(where: { TrackColumn(name: $0) != nil }) { return .mien }
        throw TrackFile.Error.unknownFormat(
            path: table.path, header: String(table.header.joined(separator: ",").prefix(60)))
    }
}
