import Testing

@testable import Runtime

@Suite struct RecordingFiguresTests {
    private func mark(_ seconds: Double, _ text: String) -> RecordingFigures.Mark {
        .init(seconds: seconds, text: text)
    }

    @Test func whatBeginsAndEndsIsABarAndTheRestAreInstants() {
        let lanes = RecordingFigures.lanes(
            of: [
                mark(0, "script_started shy"), mark(1, "person_appeared"), mark(2, "speech_started"),
                mark(3, "backchannel"),
                mark(4, "speech_ended"), mark(5, "speech_started"), mark(6, "backchannel"), mark(7, "person_left"),
                mark(8, "smile_ended"),
            ], until: 9)
        #expect(
            lanes == [
                .init(name: "script shy", bars: [0...9]), .init(name: "person", bars: [1...7]),
                .init(name: "speech", bars: [2...4, 5...9]), .init(name: "backchannel", dots: [3, 6]),
                .init(name: "smile_ended", dots: [8]),
            ])
    }

    @Test func aNoisyRecordingGrowsNoEndlessFigure() {
        let lanes = RecordingFigures.lanes(of: (0..<400).map { mark(Double($0), "gesture \($0)") }, until: 400)
        #expect(lanes.count == 40)
    }
}
