import Telemetry

extension RecordingFigures {
    /// Something that held for a while again and again, or happened at instants: one row of the figure.
    struct Lane: Equatable {
        var name: String
        var bars: [ClosedRange<Double>] = []
        var dots: [Double] = []
    }

    /// Endings of what began: `speech_started` and `speech_ended` are one row of bars.
    private static let pairs = [
        ("_started", ["_ended", "_stopped", "_failed"]), ("_appeared", ["_left"]), ("_began", ["_ended"]),
    ]
    private static let mostLanes = 40

    /// Marks by what they say; what begins and ends becomes bars.
    static func lanes(of marks: [Mark], until end: Double) -> [Lane] {
        var lanes: [Lane] = []
        var open: [String: Double] = [:]
        func change(_ name: String, _ body: (inout Lane) -> Void) {
            if let place = lanes.firstIndex(where: { $0.name == name }) {
                body(&lanes[place])
            } else if lanes.count < mostLanes {
                var lane = Lane(name: name)
                body(&lane)
                lanes.append(lane)
            }
        }
        for mark in marks {
            let words = mark.text.split(separator: " ", maxSplits: 1).map(String.init)
            let (verb, detail) = (words.first ?? "", words.count > 1 ? " " + words[1] : "")
            if let (start, _) = pairs.first(where: { verb.hasSuffix($0.0) }) {
                let name = String(verb.dropLast(start.count)) + detail
                if open[name] == nil { open[name] = mark.seconds }
                change(name) { _ in }
            } else if let ending = pairs.lazy.flatMap(\.1).first(where: { verb.hasSuffix($0) }),
                case let name = String(verb.dropLast(ending.count)) + detail, let start = open.removeValue(forKey: name)
            {
                change(name) { $0.bars.append(start...max(mark.seconds, start)) }
            } else {
                change(mark.text) { $0.dots.append(mark.seconds) }
            }
        }
        for (name, start) in open { change(name) { $0.bars.append(start...max(end, start)) } }
        return lanes
    }

    /// Who drove the face, when it was stopped or a line lost, what happened, and what was asked of it.
    var drivers: SVGPage {
        var driving = ["idle", "listening", "fallback", "settling"]
        for turn in turns where !driving.contains(turn.driver) && driving.count < 12 { driving.append(turn.driver) }
        var rows: [(name: String, colour: String, lane: Lane)] = driving.map { name in
            let bars = turns.filter { $0.driver == name }.map { $0.start...max($0.end, $0.start) }
            return (name, Self.colours[name] ?? "#76b7b2", Lane(name: name, bars: bars))
        }
        var spelled: [String] = []
        for spell in spells where !spelled.contains(spell.name) && spelled.count < 12 { spelled.append(spell.name) }
        rows += spelled.map { name in
            let bars = spells.filter { $0.name == name }.map { $0.start...max($0.end, $0.start) }
            return (name, "#e15759", Lane(name: name, bars: bars))
        }
        rows += Self.lanes(of: marks, until: extent.upperBound).map { ($0.name, "#b07aa1", $0) }
        let (left, top, height) = (210.0, 44.0, 22.0)
        let bottom = top + height * Double(rows.count)
        var page = SVGPage(width: 1100, height: bottom + 34)
        header(&page, "Who drove when, and what happened")
        let x = PlotAxis(extent, from: left, to: 1060)
        timeAxis(&page, x, y: bottom, from: top)
        for (place, row) in rows.enumerated() {
            let y = top + height * Double(place)
            if place > 0 { page.line((16, y), (1060, y), place == driving.count ? "#999" : "#f2f2f2") }
            let name = row.name.replacing("_", with: " ")
            page.text(String(name.prefix(34)), x: left - 10, y: y + 15, anchor: .end)
            for bar in row.lane.bars {
                page.rectangle(
                    x: x.place(bar.lowerBound), y: y + 4,
                    width: max(x.place(bar.upperBound) - x.place(bar.lowerBound), 1),
                    height: height - 8, row.colour)
            }
            for dot in row.lane.dots {
                page.rectangle(x: x.place(dot) - 1.5, y: y + 4, width: 3, height: height - 8, row.colour)
            }
        }
        return page
    }
}
