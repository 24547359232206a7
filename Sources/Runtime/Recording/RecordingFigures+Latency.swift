import Telemetry

extension RecordingFigures {
    /// How late the ticks began, and how long a reaction takes: three histograms over the same times.
    var latencies: SVGPage {
        let panels = [
            ("control ticks, after their deadline", controlLateness),
            ("motion ticks, after their deadline", motionLateness),
            ("frames, from the motion tick that sensed to the control tick that took them", latency),
        ]
        var page = SVGPage(width: 820, height: 60 + 180 * Double(panels.count))
        header(&page, "Latency, µs")
        for (place, (name, histogram)) in panels.enumerated() {
            draw(histogram, name, on: &page, bottom: 190 + 180 * Double(place))
        }
        return page
    }

    private func draw(_ histogram: CountHistogram, _ name: String, on page: inout SVGPage, bottom: Double) {
        let (left, right, top) = (70.0, 770.0, bottom - 110)
        func number(_ share: Double) -> String {
            histogram.quantile(share).map { String(format: $0 < 1000 ? "%.1f" : "%.0f", $0) } ?? "–"
        }
        page.text("\(name)", x: left, y: top - 24, size: 12)
        page.text(
            "\(histogram.total) in all, median \(number(0.5)), 99 % \(number(0.99)), 99.9 % \(number(0.999)), "
                + "worst \(number(1))", x: left, y: top - 9, "#777")
        let width = (right - left) / Double(histogram.bounds.count)
        let y = PlotAxis(0...Double(max(histogram.counts.max() ?? 0, 1)), from: bottom, to: top)
        for tick in y.ticks(about: 4) where tick == tick.rounded() {
            page.line((left, y.place(tick)), (right, y.place(tick)), "#eee")
            page.text(PlotAxis.text(tick), x: left - 6, y: y.place(tick) + 4, size: 9, anchor: .end, "#777")
        }
        for (bin, count) in histogram.counts.enumerated() {
            let x = left + Double(bin) * width
            if count > 0 {
                // One among thousands is still seen.
                let height = max(bottom - y.place(Double(count)), 1.5)
                page.rectangle(x: x + 1, y: bottom - height, width: width - 2, height: height, "#4e79a7")
            }
            guard bin.isMultiple(of: 5) else { continue }
            page.line((x, bottom), (x, bottom + 4), "#777")
            let isFirst = bin == 0
            let text = PlotAxis.text(histogram.bounds[bin].rounded())
            page.text((isFirst ? "≤ " : "") + text, x: x, y: bottom + 15, size: 9, anchor: .middle, "#777")
        }
        page.line((left, bottom), (right, bottom), "#777")
    }
}
