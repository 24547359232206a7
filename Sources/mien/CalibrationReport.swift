import Actuation
import FaceKit
import Foundation
import Runtime

/// What became of one actuator in a calibrating session, as people and programs read it.
struct CalibrationLine: Encodable {
    let name: String
    var isCalibrated = true
    var low, high, neutral: Double?
    var lowEnd, highEnd: String?
    var isReversed: Bool?
    var worstError: Double?
    var backlash: Double?
    var direction: String?
    var reason: String?

    enum CodingKeys: String, CodingKey {
        case name, low, high, neutral, backlash, direction, reason
        case isCalibrated = "calibrated"
        case lowEnd = "low_end"
        case highEnd = "high_end"
        case isReversed = "reversed"
        case worstError = "worst_error_deg"
    }

    init(_ actuator: Actuator, kept reason: String) {
        name = actuator.name
        isCalibrated = false
        self.reason = reason
    }

    init(_ actuator: Actuator, _ found: CalibrationRun.Guided) {
        name = actuator.name
        low = found.ends.reach.lowerBound
        high = found.ends.reach.upperBound
        neutral = found.entry.neutralRaw
        lowEnd = found.ends.low.rawValue
        highEnd = found.ends.high.rawValue
        isReversed = found.isReversed
        if let measured = found.measured {
            set(found.entry, measured.finding, isCut: measured.isCut)
        } else {
            reason = "nothing was measured: its table is pressed between its ends"
        }
    }

    init(_ actuator: Actuator, _ verdict: CalibrationRun.Verdict) {
        name = actuator.name
        switch verdict {
        case .calibrated(let result, let finding, _):
            neutral = result.entry.neutralRaw
            set(result.entry, finding, isCut: result.isCut)
        case .kept(let reason):
            isCalibrated = false
            self.reason = reason
        }
    }

    private mutating func set(_ entry: Calibration.Entry, _ finding: ActuatorSweep.Finding, isCut: Bool) {
        worstError = entry.worstError.map { $0 * 180 / .pi }
        backlash = finding.backlash
        direction = finding.rises ? "rising" : "falling"
        if isCut { reason = "some angles of its table cannot be reached" }
    }

    /// One line of text.
    func text(unit: String) -> String {
        guard isCalibrated else { return "\(name): kept as it was: \(reason ?? "")" }
        func number(_ value: Double?, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value ?? .nan) }
        var parts: [String] = []
        if low != nil {
            parts.append(
                "\(number(low)) (\(lowEnd ?? "")) to \(number(high)) (\(highEnd ?? "")), neutral \(number(neutral))")
        }
        if isReversed ?? false { parts.append("reversed") }
        if worstError != nil {
            parts.append("worst error \(number(worstError, 2))°, play \(number(backlash)) \(unit), \(direction ?? "")")
        }
        return "\(name): " + parts.joined(separator: ", ") + (reason.map { "; " + $0 } ?? "")
    }

    /// The line beneath a plot of what was measured and the curve through it.
    func show(_ actuator: Actuator, _ sweep: ActuatorSweep?, _ finding: ActuatorSweep.Finding?) {
        if let sweep, let finding {
            let samples = (sweep.up + sweep.down).map { (input: $0.raw, output: $0.angle) }
            print(CurvePlot.text(samples: samples, curve: { finding.curve($0) }, columns: 48, rows: 6))
        }
        print(text(unit: actuator.scale.unit.symbol))
    }
}

/// What a fit to a tracker's recording made of one actuator.
struct EffectLine: Encodable {
    let name: String
    let isFitted: Bool
    var error: Double?
    var backlash: Double?
    var shows: [String: Double]?
    var showsBelow: [String: Double]?
    var reason: String?

    enum CodingKeys: String, CodingKey {
        case name, backlash, shows, reason
        case isFitted = "fitted"
        case error = "worst_error_share"
        case showsBelow = "shows_below"
    }

    init(_ actuator: Actuator, _ verdict: EffectFit.Verdict) {
        name = actuator.name
        switch verdict {
        case .fitted(let entry, _, _, let error):
            isFitted = true
            self.error = error
            backlash = entry.backlash
            func named(_ effects: [FaceEffects.Effect]?) -> [String: Double] {
                Dictionary((effects ?? []).map { ($0.channel.name, $0.amount) }) { $0 + $1 }
            }
            shows = named(entry.effects?.above)
            showsBelow = named(entry.effects?.below)
        case .kept(let why):
            isFitted = false
            reason = why
        }
    }

    func show(_ verdict: EffectFit.Verdict) {
        guard case .fitted(let entry, let curve, let points, _) = verdict else {
            print("\(name): kept as it was: \(reason ?? "")")
            return
        }
        print(
            CurvePlot.text(
                samples: points.map { (input: $0.raw, output: $0.activation) }, curve: { curve($0) }, columns: 48,
                rows: 6))
        func text(_ effects: [FaceEffects.Effect]) -> String {
            let largest = effects.sorted { abs($0.amount) > abs($1.amount) }.prefix(4)
            return largest.map { "\($0.channel.name) \(String(format: "%.2f", $0.amount))" }.joined(separator: ", ")
        }
        let share = String(format: "%.1f", (error ?? 0) * 100)
        print("\(name): worst error \(share) % of its way, play \(String(format: "%.1f", entry.backlash))")
        if let effects = entry.effects {
            if !effects.above.isEmpty { print("  above 0: \(text(effects.above))") }
            if !effects.below.isEmpty { print("  below 0: \(text(effects.below))") }
        }
    }
}
