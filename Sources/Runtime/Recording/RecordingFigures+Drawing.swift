import FaceKit
import Foundation
import Telemetry

extension RecordingFigures {
    /// The figures by name: `trajectories`, `motion-map`, `latency`, `drivers`.
    public var pages: [(name: String, page: SVGPage)] {
        [
            ("trajectories", trajectories), ("motion-map", motionMap), ("latency", latency), ("drivers", drivers),
        ]
    }

    private static let colours = [
        "idle": "#4e79a7", "listening": "#59a14f", "fallback": "#f28e2b", "settling": "#9c9c9c",
    ]
    private var span: ClosedRange<Double> {
        let start = times.first ?? turns.first?.start ?? 0
        return start...max(duration, start)
    }

    private func header(_ page: inout SVGPage, _ text: String) {
        page.text(text, x: 16, y: 24, size: 15)
        page.text(title, x: page.width - 16, y: 24, anchor: .end, "#777")
    }

    private func timeAxis(_ page: inout SVGPage, _ axis: PlotAxis, y: Double, from top: Double) {
        for tick in axis.ticks(about: 8) {
            page.line((axis.place(tick), top), (axis.place(tick), y), "#eee")
            page.text(PlotAxis.text(tick), x: axis.place(tick), y: y + 14, anchor: .middle, "#777")
        }
        page.text("s", x: axis.end + 10, y: y + 14, "#777")
    }

    // MARK: - Trajectories

    /// A panel an actuator: what was asked for, what the limiter made of it, and the limits.
    var trajectories: SVGPage {
        let columns = 3
        let panelHeight = 96.0
        let panelWidth = 380.0
        let rows = (robot.actuators.count + columns - 1) / columns
        var page = SVGPage(width: 24 + Double(columns) * panelWidth, height: 66 + Double(rows) * panelHeight)
        header(&page, "Trajectories, degrees")
        page.line((430, 19), (450, 19), "#bbb", width: 1.5)
        page.text("asked for", x: 455, y: 23)
        page.line((530, 19), (550, 19), "#4e79a7", width: 1.5)
        page.text("commanded", x: 555, y: 23)
        page.line((640, 19), (660, 19), "#e15759", width: 1)
        page.text("limits", x: 665, y: 23)
        for (place, actuator) in robot.actuators.enumerated() {
            let left = 12 + Double(place % columns) * panelWidth + 46
            let top = 44 + Double(place / columns) * panelHeight
            let x = PlotAxis(span, from: left, to: left + panelWidth - 70)
            func degrees(_ radians: Double) -> Double { radians * 180 / .pi }
            let (lower, upper) = (degrees(actuator.limits.lower), degrees(actuator.limits.upper))
            let y = PlotAxis(lower...upper, from: top + panelHeight - 26, to: top + 14)
            page.text(actuator.name, x: left, y: top + 8, size: 10)
            for limit in [lower, upper] {
                page.line((x.start, y.place(limit)), (x.end, y.place(limit)), "#e15759", width: 0.5)
                page.text(
                    PlotAxis.text(limit.rounded()), x: left - 5, y: y.place(limit) + 4, size: 9, anchor: .end, "#777")
            }
            for (values, colour, width) in [(wanted[place], "#bbb", 1.0), (commanded[place], "#4e79a7", 1.2)] {
                let points = Self.thinned(times, values, to: 700).map {
                    (x: x.place($0.x), y: y.place(min(max(degrees($0.y), lower), upper)))
                }
                page.path(points, colour, width: width)
            }
        }
        let x = PlotAxis(span, from: 58, to: 58 + panelWidth - 70)
        for tick in x.ticks(about: 6) {
            page.text(PlotAxis.text(tick), x: x.place(tick), y: page.height - 8, size: 9, anchor: .middle, "#777")
        }
        page.text("s", x: x.end + 8, y: page.height - 8, size: 9, "#777")
        return page
    }

    /// At most so many points of a series: of each stretch the least and the greatest, in their order.
    static func thinned(_ times: [Double], _ values: [Double], to count: Int) -> [(x: Double, y: Double)] {
        guard values.count > count else { return zip(times, values).map { (x: $0, y: $1) } }
        let stretch = (2 * values.count + count - 1) / count
        var points: [(x: Double, y: Double)] = []
        for start in stride(from: 0, to: values.count, by: stretch) {
            let places = start..<min(start + stretch, values.count)
            guard let least = places.min(by: { values[$0] < values[$1] }),
                let greatest = places.max(by: { values[$0] < values[$1] })
            else { continue }
            for place in Set([least, greatest]).sorted() { points.append((times[place], values[place])) }
        }
        return points
    }

    // MARK: - Motion map

    /// How fast every channel of the face moves over time, each against its own fastest.
    var motionMap: SVGPage {
        let names = FaceChannel.names.prefix(FaceChannels.firstDistance)
        let rowHeight = 9.0
        let top = 44.0
        let left = 150.0
        let bottom = top + rowHeight * Double(names.count)
        var page = SVGPage(width: 1100, height: bottom + 32)
        header(&page, "Motion map: how fast each channel moves, against its own fastest")
        let x = PlotAxis(span, from: left, to: 1060)
        let bins = 300
        var fastest = [[Float]](repeating: Array(repeating: 0, count: bins), count: names.count)
        for (before, after) in zip(faces, faces.dropFirst()) where after.seconds > before.seconds {
            let share = (after.seconds - x.values.lowerBound) / (x.values.upperBound - x.values.lowerBound)
            let bin = min(max(Int(share * Double(bins)), 0), bins - 1)
            for channel in names.indices {
                let speed = abs(after.values[channel] - before.values[channel]) / Float(after.seconds - before.seconds)
                if speed.isFinite { fastest[channel][bin] = max(fastest[channel][bin], speed) }
            }
        }
        for (channel, name) in names.enumerated() {
            let y = top + rowHeight * Double(channel)
            page.text(name, x: left - 6, y: y + 8, size: 8, anchor: .end)
            drawRow(&page, fastest[channel], x, y: y, height: rowHeight - 1)
        }
        timeAxis(&page, x, y: bottom, from: bottom)
        return page
    }

    /// Neighbours of the same shade are one rectangle.
    private func drawRow(_ page: inout SVGPage, _ speeds: [Float], _ x: PlotAxis, y: Double, height: Double) {
        let most = speeds.max() ?? 0
        guard most > 0 else { return }
        let shades = speeds.map { Int(($0 / most).squareRoot() * 12) }
        let width = (x.end - x.start) / Double(speeds.count)
        var start = 0
        for place in 1...shades.count where place == shades.count || shades[place] != shades[start] {
            defer { start = place }
            guard shades[start] > 0 else { continue }
            let dark = 1 - Double(shades[start]) / 12
            let colour = String(
                format: "#%02x%02x%02x", Int(20 + 220 * dark), Int(50 + 195 * dark), Int(110 + 140 * dark))
            page.rectangle(
                x: x.start + Double(start) * width, y: y, width: Double(place - start) * width, height: height, colour)
        }
    }

    // MARK: - Latency

    /// How late the ticks began.
    var latency: SVGPage {
        var page = SVGPage(width: 760, height: 420)
        header(&page, "How late ticks began, µs")
        for (place, (name, histogram)) in [("control", controlLateness), ("motion", motionLateness)].enumerated() {
            let left = 70.0
            let bottom = 190 + 190 * Double(place)
            let top = bottom - 130
            func number(_ share: Double) -> String {
                histogram.quantile(share).map { String(format: "%.1f", $0) } ?? "–"
            }
            page.text(
                "\(name): \(histogram.total) ticks, median \(number(0.5)), 99 % \(number(0.99)), worst \(number(1))",
                x: left, y: top - 8)
            let width = 640 / Double(histogram.bounds.count)
            let most = Double(histogram.counts.max() ?? 0)
            let y = PlotAxis(0...max(most, 1), from: bottom, to: top)
            for tick in y.ticks(about: 4) where tick == tick.rounded() {
                page.line((left, y.place(tick)), (left + 640, y.place(tick)), "#eee")
                page.text(PlotAxis.text(tick), x: left - 6, y: y.place(tick) + 4, size: 9, anchor: .end, "#777")
            }
            for (bin, count) in histogram.counts.enumerated() {
                let x = left + Double(bin) * width
                if count > 0 {
                    page.rectangle(
                        x: x + 1, y: y.place(Double(count)), width: width - 2, height: bottom - y.place(Double(count)),
                        "#4e79a7")
                }
                if bin.isMultiple(of: 5) {
                    page.text(PlotAxis.text(histogram.bounds[bin].rounded()), x: x, y: bottom + 14, size: 9, "#777")
                }
            }
            page.line((left, bottom), (left + 640, bottom), "#777")
        }
        return page
    }

    // MARK: - Who drove when

    /// Who drove the face, when it was stopped or a line lost, and what was asked of it.
    var drivers: SVGPage {
        var lanes = ["idle", "listening", "fallback", "settling"]
        for turn in turns where !lanes.contains(turn.driver) && lanes.count < 12 { lanes.append(turn.driver) }
        var names: [String] = []
        for spell in spells where !names.contains(spell.name) && names.count < 12 { names.append(spell.name) }
        let left = 130.0
        let top = 44.0
        let lane = 24.0
        let bottom = top + lane * Double(lanes.count + names.count)
        let shown = marks.prefix(60)
        var page = SVGPage(width: 1100, height: bottom + 40 + 14 * Double(shown.count))
        header(&page, "Who drove when")
        let x = PlotAxis(span, from: left, to: 1060)
        timeAxis(&page, x, y: bottom, from: top)
        for (place, name) in lanes.enumerated() {
            let y = top + lane * Double(place)
            page.text(name, x: left - 8, y: y + 16, anchor: .end)
            for turn in turns where turn.driver == name {
                page.rectangle(
                    x: x.place(turn.start), y: y + 4, width: max(x.place(turn.end) - x.place(turn.start), 0.5),
                    height: lane - 8, Self.colours[name] ?? "#76b7b2")
            }
        }
        for (place, name) in names.enumerated() {
            let y = top + lane * Double(lanes.count + place)
            page.text(name, x: left - 8, y: y + 16, anchor: .end, "#e15759")
            for spell in spells where spell.name == name {
                page.rectangle(
                    x: x.place(spell.start), y: y + 4, width: max(x.place(spell.end) - x.place(spell.start), 0.5),
                    height: lane - 8, "#e15759")
            }
        }
        for (place, mark) in shown.enumerated() {
            let y = bottom + 34 + 14 * Double(place)
            page.line((x.place(mark.seconds), top), (x.place(mark.seconds), y - 10), "#b07aa1", width: 0.6)
            let isRight = x.place(mark.seconds) > 800
            page.text(
                mark.text, x: x.place(mark.seconds) + (isRight ? -3 : 3), y: y, size: 9, anchor: isRight ? .end : .start
            )
        }
        return page
    }
}
