import FaceKit
import Foundation

/// The live picture of `mien run`: the face, a bar a servo, who drives, and how the ticks fare.
public struct RunView: Sendable {
    /// One actuator's row.
    public struct Row: Sendable {
        public var name: String
        /// Radians.
        public var lower: Double
        public var neutral: Double
        public var upper: Double

        public init(name: String, lower: Double, neutral: Double, upper: Double) {
            self.name = name
            self.lower = lower
            self.neutral = neutral
            self.upper = upper
        }
    }

    private let title: String
    private let rows: [Row]
    private let drivers: [String]
    private let usesColour: Bool
    private static let faceColumns = 44
    private static let nameWidth = 19

    /// `drivers` are the names that `RunStatus.driver` indexes.
    public init(title: String, rows: [Row], drivers: [String], usesColour: Bool = true) {
        self.title = title
        self.rows = rows
        self.drivers = drivers
        self.usesColour = usesColour
    }

    /// How many lines `frame` gives.
    public var height: Int { max(rows.count, 20) + 4 }

    /// One picture as lines of at most `width` columns.
    public func frame(status: RunStatus, face: LandmarkFrame, listening: Float, width: Int) -> [String] {
        let bodyHeight = height - 4
        var canvas = BrailleCanvas(columns: Self.faceColumns, rows: bodyHeight)
        FacePicture.draw(face, into: &canvas)
        let barWidth = min(max(width - Self.faceColumns - Self.nameWidth - 4, 8), 48)
        let picture = canvas.lines
        var lines = [header(status, listening)]
        for index in 0..<bodyHeight {
            lines.append(picture[index] + "  " + row(index, status, barWidth))
        }
        lines.append("")
        lines.append(ticks(status))
        lines.append(motion(status))
        return lines
    }

    /// One line for a log, when there is no terminal.
    public func line(status: RunStatus, listening: Float) -> String {
        String(format: "%7.1f s  ", status.seconds) + driverName(status)
            + String(
                format: "  listening %3.0f %%  %d ticks, %d late, %d skipped  %d motion frames, %d missed  ",
                listening * 100, status.controlTicks, status.lateTicks, status.skippedPeriods, status.motionFrames,
                status.missedFrames)
            + "\(status.fallbacks) fallbacks  \(status.violations) violations"
            + (status.derated > 0 ? "  \(status.derated) held back" : "") + (status.isLineLost ? "  line lost" : "")
            + (status.stopCause > 0 ? "  EMERGENCY STOP" : "")
    }

    private func header(_ status: RunStatus, _ listening: Float) -> String {
        let driver = driverName(status)
        let shade = driver == "fallback" ? "31" : driver == "listening" ? "32" : "36"
        let line = status.isLineLost ? coloured("  line lost, searching", "31") : ""
        let strain = status.derated > 0 ? coloured("  \(status.derated) servos held back", "33") : ""
        let stop = status.stopCause > 0 ? coloured("  EMERGENCY STOP", "1;31") : ""
        return "\(title)   \(coloured(driver, shade))"
            + String(format: "   listening %3.0f %%   %6.1f s", listening * 100, status.seconds) + line + strain + stop
    }

    private func row(_ index: Int, _ status: RunStatus, _ barWidth: Int) -> String {
        guard index < min(rows.count, status.actuatorCount) else { return "" }
        let row = rows[index]
        let name = String(row.name.prefix(Self.nameWidth)).padding(
            toLength: Self.nameWidth, withPad: " ", startingAt: 0)
        let bar = ServoBar.text(
            position: Double(status.positions[index]), lower: row.lower, neutral: row.neutral, upper: row.upper,
            width: barWidth)
        return name + " " + coloured(bar, "33")
    }

    private func ticks(_ status: RunStatus) -> String {
        String(
            format: "ticks %d  late %d  skipped %d  lateness %.0f µs, worst %.0f µs", status.controlTicks,
            status.lateTicks, status.skippedPeriods, Double(status.lateness) / 1000,
            Double(status.worstLateness) / 1000)
    }

    private func motion(_ status: RunStatus) -> String {
        "motion frames \(status.motionFrames)  missed \(status.missedFrames)  fallbacks \(status.fallbacks)  "
            + "limit interventions \(status.interventions)  violations \(status.violations)"
    }

    private func driverName(_ status: RunStatus) -> String {
        drivers.indices.contains(Int(status.driver)) ? drivers[Int(status.driver)] : "?"
    }

    private func coloured(_ text: String, _ code: String) -> String {
        usesColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
