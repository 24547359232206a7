import FaceKit
import Foundation
import Telemetry

extension RecordingFigures {
    /// The figures by name: `trajectories`, `motion-map`, `latency`, `drivers`.
    public var pages: [(name: String, page: SVGPage)] {
        [
            ("trajectories", trajectories), ("motion-map", motionMap), ("latency", latencies), ("drivers", drivers),
        ]
    }

    static let colours = [
        "idle": "#4e79a7", "listening": "#59a14f", "fallback": "#f28e2b", "settling": "#9c9c9c",
    ]
    var extent: ClosedRange<Double> {
        let start = times.first ?? turns.first?.start ?? 0
        return start...max(duration, start)
    }

    func header(_ page: inout SVGPage, _ text: String) {
        page.text(text, x: 16, y: 24, size: 15)
        page.text(title, x: page.width - 16, y: 24, anchor: .end, "#777")
    }

    func timeAxis(_ page: inout SVGPage, _ axis: PlotAxis, y: Double, from top: Double) {
        for tick in axis.ticks(about: 8) {
            page.line((axis.place(tick), top), (axis.place(tick), y), "#eee")
            page.text(PlotAxis.text(tick), x: axis.place(tick), y: y + 14, anchor: .middle, "#777")
        }
        page.text("s", x: axis.end + 10, y: y + 14, "#777")
    }

    // MARK: - Trajectories

    private static let wantedColour = "#f4b183"
    private static let commandedColour = "#2b4f77"
    private static let bandColour = "#eef2f6"

    /// A panel an actuator: what was asked for, what the limiter made of it, and the limits.
    var trajectories: SVGPage {
        let columns = 3
        let panelHeight = 96.0
        let panelWidth = 380.0
        let rows = (robot.actuators.count + columns - 1) / columns
        var page = SVGPage(width: 24 + Double(columns) * panelWidth, height: 60 + Double(rows) * panelHeight)
        header(&page, "Trajectories, degrees")
        page.line((430, 19), (450, 19), Self.wantedColour, width: 3)
        page.text("asked for", x: 455, y: 23)
        page.line((530, 19), (550, 19), Self.commandedColour, width: 1.2)
        page.text("commanded", x: 555, y: 23)
        page.rectangle(x: 640, y: 14, width: 20, height: 10, Self.bandColour)
        page.text("within the limits", x: 665, y: 23)
        for (place, actuator) in robot.actuators.enumerated() {
            let left = 12 + Double(place % columns) * panelWidth + 46
            let top = 44 + Double(place / columns) * panelHeight
            let x = PlotAxis(extent, from: left, to: left + panelWidth - 70)
            func degrees(_ radians: Double) -> Double { radians * 180 / .pi }
            let (lower, upper) = (degrees(actuator.limits.lower), degrees(actuator.limits.upper))
            let y = PlotAxis(lower...upper, from: top + panelHeight - 26, to: top + 14)
            page.text(actuator.name, x: left, y: top + 8, size: 10)
            page.rectangle(
                x: x.start, y: y.place(upper), width: x.end - x.start, height: y.place(lower) - y.place(upper),
                Self.bandColour)
            for tick in x.ticks(about: 6) {
                page.line((x.place(tick), y.place(upper)), (x.place(tick), y.place(lower)), "#fff", width: 1)
                if place + columns >= robot.actuators.count {
                    page.text(
                        PlotAxis.text(tick), x: x.place(tick), y: y.place(lower) + 13, size: 9, anchor: .middle, "#777")
                }
            }
            if place + columns >= robot.actuators.count {
                page.text("s", x: x.end + 6, y: y.place(lower) + 13, size: 9, "#777")
            }
            for limit in [lower, upper] {
                page.text(
                    PlotAxis.text(limit.rounded()), x: left - 5, y: y.place(limit) + 4, size: 9, anchor: .end, "#777")
            }
            // What was asked for lies wide and pale below what was commanded, so that it shows where they differ.
            for (values, colour, width) in [
                (wanted[place], Self.wantedColour, 3.0), (commanded[place], Self.commandedColour, 1.0),
            ] {
                let points = Self.thinned(times, values, to: 700).map {
                    (x: x.place($0.x), y: y.place(min(max(degrees($0.y), lower), upper)))
                }
                page.path(points, colour, width: width)
            }
        }
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
        let x = PlotAxis(extent, from: left, to: 1060)
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
        page.text("still", x: 640, y: 23, anchor: .end, "#777")
        for shade in 0...Self.shades {
            page.rectangle(x: 646 + 8 * Double(shade), y: 14, width: 8, height: 11, Self.colour(shade: shade))
        }
        page.text("its fastest", x: 660 + 8 * Double(Self.shades), y: 23, "#777")
        return page
    }

    private static let shades = 12

    /// From nearly white to a dark blue.
    private static func colour(shade: Int) -> String {
        let dark = 1 - Double(shade) / Double(shades)
        return String(format: "#%02x%02x%02x", Int(20 + 220 * dark), Int(50 + 195 * dark), Int(110 + 140 * dark))
    }

    /// Neighbours of the same shade are one rectangle.
    private func drawRow(_ page: inout SVGPage, _ speeds: [Float], _ x: PlotAxis, y: Double, height: Double) {
        let most = speeds.max() ?? 0
        guard most > 0 else { return }
        let shades = speeds.map { Int(($0 / most).squareRoot() * Float(Self.shades)) }
        let width = (x.end - x.start) / Double(speeds.count)
        var start = 0
        for place in 1...shades.count where place == shades.count || shades[place] != shades[start] {
            defer { start = place }
            guard shades[start] > 0 else { continue }
            page.rectangle(
                x: x.start + Double(start) * width, y: y, width: Double(place - start) * width, height: height,
                Self.colour(shade: shades[start]))
        }
    }
}
