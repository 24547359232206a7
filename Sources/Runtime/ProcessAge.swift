import Foundation
import Glibc

/// How long ago this process was started, as the kernel knows it (to a hundredth of a second).
enum ProcessAge {
    /// Milliseconds since the start; nil where `/proc` does not say.
    static var milliseconds: Double? {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            // The second field, the program's name in parentheses, may hold anything; the start time is the 22nd.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
        return (seconds - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))) * 1000
    }
}
