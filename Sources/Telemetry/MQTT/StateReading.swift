/// One plain value of `state`, as other conventions than Mien's own speak of it.
struct StateReading: Sendable {
    enum Kind: Sendable, Equatable {
        case flag
        /// One of some texts.
        case choice([String])
        /// 0 to 1.
        case share
        /// 0 to so much.
        case range(Int)
        case number(unit: String)
        case count
    }

    /// Its key in `state`.
    let key: String
    let name: String
    let kind: Kind

    static let all = [
        StateReading(
            key: "driver", name: "Driver", kind: .choice(["idle", "listening", "fallback", "settling"])),
        StateReading(key: "mode", name: "Mode", kind: .choice(["auto", "idle", "neutral"])),
        StateReading(key: "emergency_stop", name: "Emergency stop latched", kind: .flag),
        StateReading(key: "person_present", name: "Person", kind: .flag),
        StateReading(key: "attention", name: "Attention", kind: .share),
        StateReading(key: "smile", name: "Smile", kind: .share),
        StateReading(key: "intensity", name: "Intensity", kind: .range(2)),
        StateReading(key: "line_lost", name: "Line lost", kind: .flag),
        StateReading(key: "temperature_max_c", name: "Hottest servo", kind: .number(unit: "°C")),
        StateReading(key: "late_ticks", name: "Late ticks", kind: .count),
        StateReading(key: "violations", name: "Limit violations", kind: .count),
    ]
}
