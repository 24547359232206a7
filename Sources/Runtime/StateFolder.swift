import Foundation

/// Where Mien keeps what it remembers from one run to the next.
public enum StateFolder {
    /// `$XDG_STATE_HOME/mien`, or `~/.local/state/mien`; nil where there is no home.
    public static var url: URL? {
        let environment = ProcessInfo.processInfo.environment
        let state =
            environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { $0 + "/.local/state" }
        return state.map { URL(fileURLWithPath: $0).appendingPathComponent("mien") }
    }
}
