/// One servo as a bar of text: where it stands between its limits, and where neutral is.
public enum ServoBar {
    /// A bar of `width` cells for a position between `lower` and `upper` (any unit), neutral marked with `┊`.
    public static func text(position: Double, lower: Double, neutral: Double, upper: Double, width: Int) -> String {
        guard width > 0, upper > lower else { return "" }
        func cell(_ value: Double) -> Int {
            let fraction = (value - lower) / (upper - lower)
            return min(max(Int((fraction * Double(width - 1)).rounded()), 0), width - 1)
        }
        guard position.isFinite, neutral.isFinite else { return String(repeating: "?", count: width) }
        let here = cell(position)
        let rest = cell(neutral)
        return String(
            (0..<width).map { index in
                if index == here { return "█" }
                if index == rest { return "┊" }
                return index > min(here, rest) && index < max(here, rest) ? "▒" : "·"
            })
    }
}
