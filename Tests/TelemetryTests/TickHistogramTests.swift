import Testing

@testable import Telemetry

@Suite struct TickHistogramTests {
    @Test func percentilesAreRightToAnEighth() throws {
        var histogram = TickHistogram()
        for value in 1...10_000 { histogram.record(Int64(value) * 1000) }
        for (share, expected) in [(0.5, 5_000_000.0), (0.99, 9_900_000), (1, 10_000_000), (0.01, 100_000)] {
            let found = try #require(histogram.percentile(share))
            #expect(abs(found - expected) <= expected / 8, "\(share)")
        }
    }

    @Test func onlyWhatCameSinceAnEarlierCopyCounts() {
        var histogram = TickHistogram()
        for _ in 0..<100 { histogram.record(1_000_000) }
        let earlier = histogram
        #expect(histogram.since(earlier).percentile(0.5) == nil)
        for _ in 0..<3 { histogram.record(2_000) }
        #expect(histogram.since(earlier).percentile(0.99).map { $0 < 2_500 } == true)
    }

    @Test func noDurationIsTooShortOrTooLong() {
        var histogram = TickHistogram()
        for value in [Int64.min, -1, 0, 1, .max] { histogram.record(value) }
        #expect(histogram.percentile(0.1) == 512)
    }
}
