import Foundation
import Synchronization

/// The recorded moves that scripts may play, found by name in a few folders and read aside, so that no tick waits for a
/// disk.
public final class MoveShelf: Sendable {
    enum State: Sendable {
        case loading
        case ready(MotionClip)
        case failed(String)
    }

    private let folders: [String]
    /// Whether files are read at once: on the virtual clock, where every run is to be the same.
    private let isImmediate: Bool
    private let states = Mutex<[String: State]>([:])

    public init(folders: [String], isImmediate: Bool) {
        self.folders = folders
        self.isImmediate = isImmediate
    }

    /// The file of a name in one of the folders, or beside the script; nil when there is none. Names lead nowhere else.
    func path(of name: String, besides script: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.contains("\0") }) else {
            return nil
        }
        let own = (script as NSString).deletingLastPathComponent
        for folder in [own.isEmpty ? "." : own] + folders {
            let path = folder + "/" + name
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue { return path }
        }
        return nil
    }

    /// Where the reading of a file stands; it begins with the first question.
    func state(of path: String) -> State {
        let known = states.withLock { states in
            defer { if states[path] == nil { states[path] = .loading } }
            return states[path]
        }
        if let known { return known }
        if isImmediate {
            read(path)
            return states.withLock { $0[path] ?? .loading }
        }
        Thread.detachNewThread { [self] in read(path) }
        return .loading
    }

    private func read(_ path: String) {
        let state: State
        do { state = .ready(try RecordedMove.read(path)) } catch { state = .failed("\(error)") }
        states.withLock { states in
            // A few are kept; a file that changed is read again after the others were.
            if states.count > 16 { states = states.filter { if case .loading = $0.value { true } else { false } } }
            states[path] = state
        }
    }
}
