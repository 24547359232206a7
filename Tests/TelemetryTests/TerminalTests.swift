import FaceKit
import Testing

@testable import Telemetry

@Suite struct TerminalTests {
    @Test func eachDotHasItsUnicodeBit() {
        // U+2801 is dot 1 (top left), U+2880 dot 8 (bottom right).
        var canvas = BrailleCanvas(columns: 1, rows: 1)
        canvas.set(x: 0, y: 0)
        #expect(canvas.lines == ["\u{2801}"])
        canvas.set(x: 1, y: 3)
        #expect(canvas.lines == ["\u{2881}"])
    }

    @Test func aDiagonalTouchesEveryRowOnce() {
        var canvas = BrailleCanvas(columns: 2, rows: 1)
        canvas.line(from: SIMD2(0, 0), to: SIMD2(3, 3))
        // Dots (0,0) and (1,1): bits 1 and 0x10; dots (2,2) and (3,3): bits 4 and 0x80.
        #expect(canvas.lines == ["\u{2811}\u{2884}"])
    }

    @Test func whatIsOutsideOrNotANumberIsNotDrawn() {
        var canvas = BrailleCanvas(columns: 2, rows: 2)
        canvas.set(x: -1, y: 0)
        canvas.set(x: 4, y: 8)
        canvas.line(from: SIMD2(.nan, 0), to: SIMD2(1, 1))
        canvas.line(from: SIMD2(1e30, 1e30), to: SIMD2(2e30, 1e30))
        #expect(canvas.lines.joined().unicodeScalars.allSatisfy { $0.value == 0x2800 })
    }

    @Test func aServoAtItsUpperLimitFillsFromNeutralToTheRight() {
        #expect(ServoBar.text(position: 10, lower: 0, neutral: 5, upper: 10, width: 5) == "··┊▒█")
        #expect(ServoBar.text(position: 0, lower: 0, neutral: 5, upper: 10, width: 5) == "█▒┊··")
        #expect(ServoBar.text(position: .nan, lower: 0, neutral: 5, upper: 10, width: 3) == "???")
    }

    @Test func anEmergencyStopIsOnTheScreen() {
        let view = RunView(title: "robot", rows: [], drivers: ["idle"], usesColour: false)
        var status = RunStatus()
        #expect(!view.line(status: status, listening: 0).contains("EMERGENCY STOP"))
        status.stopCause = 1
        #expect(view.line(status: status, listening: 0).hasSuffix("EMERGENCY STOP"))
        let picture = view.frame(status: status, face: LandmarkFrame(), listening: 0, width: 80)
        #expect(picture.first?.hasSuffix("EMERGENCY STOP") == true)
    }

    @Test func stageFiguresAreExactForAKnownSeries() throws {
        var times = StageTimes()
        for microseconds in 1...100 { times.record(.controlTick, nanoseconds: Int64(microseconds) * 1000) }
        let figures = try #require(times.figures(of: .controlTick))
        #expect(figures.count == 100)
        // Three significant digits: within 0.1 %.
        #expect(abs(figures.median - 50) <= 0.05)
        #expect(abs(figures.percentile99 - 99) <= 0.1)
        #expect(abs(figures.largest - 100) <= 0.1)
        #expect(times.figures(of: .sfms) == nil)
    }
}
