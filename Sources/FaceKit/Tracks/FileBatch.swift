/// Files that a command makes together: at `publish` all of them take their names, or none does.
///
/// Until then, and where the program ends before, there is nothing to be seen of them.
public struct FileBatch {
    public typealias Error = TrackFile.Error

    private var files: [(path: String, file: PendingFile)] = []

    public init() {}

    /// Adds a track, as `TrackFile.write` writes it.
    public mutating func add(_ track: Track, to path: String) throws(Error) {
        try add(TrackFile.text(of: track, path: StandardStream.output(path)), to: path)
    }

    /// Adds an image's landmarks, as `LandmarkFile.write` writes them.
    public mutating func add(_ frames: [LandmarkFrame2D], to path: String) throws(Error) {
        try add(LandmarkFile.text(of: frames, path: StandardStream.output(path)), to: path)
    }

    /// Adds landmarks with depth, as `LandmarkFile.write` writes them.
    public mutating func add(_ frames: [LandmarkFrame], to path: String) throws(Error) {
        try add(LandmarkFile.text(of: frames, path: StandardStream.output(path)), to: path)
    }

    /// Adds a text.
    public mutating func add(_ text: String, to path: String) throws(Error) {
        do {
            files.append((path, try PendingFile(Array(text.utf8), to: path)))
        } catch {
            throw Error.cannotWrite(path: StandardStream.output(path), code: error.code)
        }
    }

    /// Writes what cannot be replaced (pipes, devices, standard output), then lets the files take their names.
    public func publish() throws(Error) {
        try forEach { (file) throws(PendingFile.Failure) in try file.deliver() }
        try forEach { (file) throws(PendingFile.Failure) in try file.link() }
        try forEach { (file) throws(PendingFile.Failure) in try file.rename() }
    }

    private func forEach(_ body: (PendingFile) throws(PendingFile.Failure) -> Void) throws(Error) {
        for (path, file) in files {
            do { try body(file) } catch {
                throw Error.cannotWrite(path: StandardStream.output(path), code: error.code)
            }
        }
    }
}
