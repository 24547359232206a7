/// The path `-`, which stands for standard input where a file is read and for standard output where one is written.
///
/// A file of that name is `./-`.
public enum StandardStream {
    public static let path = "-"

    /// What is read at a path, as messages say it.
    public static func input(_ path: String) -> String { path == Self.path ? "standard input" : path }

    /// What is written at a path, as messages say it.
    public static func output(_ path: String) -> String { path == Self.path ? "standard output" : path }
}
