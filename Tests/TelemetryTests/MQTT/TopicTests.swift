import Testing

@testable import Telemetry

@Suite struct TopicTests {
    @Test func namesAndKeysAreNotTakenTwice() {
        #expect(Set(Topic.all.map(\.name)).count == Topic.all.count)
        for topic in Topic.all { #expect(Set(topic.fields.map(\.key)).count == topic.fields.count) }
    }

    @Test func whatIsPublishedOftenIsNotRetained() {
        for topic in Topic.all {
            if case .hertz = topic.rate { #expect(!topic.isRetained && topic.quality == 0) }
        }
    }
}
