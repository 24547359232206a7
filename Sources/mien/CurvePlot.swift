import Telemetry

/// A curve and the points it was fitted to, in Braille dots.
enum CurvePlot {
    static func text(
        samples: [(input: Double, output: Double)], curve: (Double) -> Double, columns: Int, rows: Int
    ) -> String {
        var canvas = BrailleCanvas(columns: columns, rows: rows)
        guard let left = samples.map(\.input).min(), let right = samples.map(\.input).max(),
            let low = samples.map(\.output).min(), let high = samples.map(\.output).max(), right > left, high > low
        else { return "" }
        func place(_ input: Double, _ output: Double) -> SIMD2<Float> {
            let x = (input - left) / (right - left) * Double(canvas.width - 3) + 1
            let y = (high - output) / (high - low) * Double(canvas.height - 3) + 1
            return SIMD2(Float(x), Float(y))
        }
        var before: SIMD2<Float>?
        for step in 0...100 {
            let input = left + (right - left) * Double(step) / 100
            let here = place(input, curve(input))
            if let before { canvas.line(from: before, to: here) }
            before = here
        }
        for sample in samples {
            let here = place(sample.input, sample.output)
            for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                canvas.set(x: Int(here.x) + dx, y: Int(here.y) + dy)
            }
        }
        return canvas.lines.joined(separator: "\n")
    }
}
