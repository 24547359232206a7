import FaceKit
import Testing

@testable import Telemetry

@Suite struct BrokerLinkTests {
    private let client = PretendClient()
    private let dialect = PretendDialect()
    private let link: BrokerLink
    private static let second: Nanoseconds = 1_000_000_000

    init() { link = BrokerLink(client: client, dialect: dialect, seed: 3) }

    private func connect(at now: Nanoseconds = 0) {
        link.turn(at: now)
        client.events = [.connected]
        link.turn(at: now)
    }

    /// Nanoseconds until the link tries again after a loss.
    private func delay(after loss: BrokerLoss, at now: Nanoseconds = 0) -> Nanoseconds {
        client.events = [.lost(loss)]
        link.turn(at: now)
        let tries = client.opened.count
        var time = now
        while client.opened.count == tries {
            time += 10_000_000
            link.turn(at: time)
        }
        return time - now
    }

    @Test func aLostBrokerIsTriedAgainWithinASecondEachTime() {
        connect()
        for _ in 0..<20 { #expect(delay(after: .unreachable("refused")) < Self.second) }
    }

    @Test func theWillIsMadeAnewForEachConnection() {
        connect()
        _ = delay(after: .closed("gone"))
        #expect(client.opened.compactMap(\.will.text) == ["1", "2"])
    }

    @Test func whoeverIsRefusedOrDisplacedWaitsLonger() {
        connect()
        #expect(delay(after: .takenOver) >= 10 * Self.second)
        #expect((1..<12).map { _ in delay(after: .refused("not authorised")) }.max() ?? 0 > 4 * Self.second)
    }

    @Test func aBrokerThatDoesNotSpeakVersionFiveIsSpokenToInThree() {
        link.turn(at: 0)
        #expect(delay(after: .wrongVersion) < Self.second / 4)
        #expect(client.opened.map(\.version) == [.five, .three])
        client.events = [.connected]
        link.turn(at: Self.second)
        #expect(link.version == .three && link.isConnected)
    }

    @Test func aBrokerThatSpokeVersionFiveOnceIsNotTakenForAnOlderOne() {
        connect()
        _ = delay(after: .wrongVersion)
        #expect(client.opened.map(\.version) == [.five, .five])
    }

    @Test func aBrokerThatDoesNotAnswerIsGivenUpAfterFiveSeconds() {
        link.turn(at: 0)
        link.turn(at: 4 * Self.second)
        #expect(client.ends.isEmpty)
        link.turn(at: 6 * Self.second)
        #expect(client.ends == ["abandon"])
        link.turn(at: 7 * Self.second)
        #expect(client.opened.count == 2)
    }

    @Test func telemetryIsDroppedAndCountedWhileTheBrokerIsSlow() {
        connect()
        client.isCongested = true
        for _ in 0..<10 { link.publishTelemetry(BrokerMessage("face", [1])) }
        #expect(client.published.isEmpty && link.counts.dropped == 10)
        client.isCongested = false
        link.publishTelemetry(BrokerMessage("face", [1]))
        #expect(client.published.count == 1)
    }

    @Test func factsWaitForASlowBrokerAndTheOldestAreDropped() {
        connect()
        client.isCongested = true
        for number in 0..<300 { link.publish(BrokerMessage("event", Array("\(number)".utf8))) }
        #expect(link.counts.dropped == 300 - BrokerLink.capacity)
        client.isCongested = false
        link.turn(at: 1)
        #expect(client.said("event") == (44..<300).map { "\($0)" })
    }

    @Test func factsWaitWhileTooManyAreUnacknowledged() {
        connect()
        client.unacknowledged = BrokerLink.unacknowledgedLimit
        link.publish(BrokerMessage("state", []))
        #expect(client.published.isEmpty && !link.isQuiet)
        client.unacknowledged = 0
        link.turn(at: 1)
        #expect(client.published.count == 1 && link.isQuiet)
    }

    @Test func nothingIsKeptForABrokerThatIsGone() {
        link.publish(BrokerMessage("event", []))
        #expect(link.counts.dropped == 1)
        connect()
        #expect(client.published.isEmpty)
    }

    @Test func aLossIsSaidOnceUntilItChanges() {
        var said: [BrokerLoss?] = []
        link.onChange = { said.append($0) }
        connect()
        for _ in 0..<3 { _ = delay(after: .unreachable("refused")) }
        _ = delay(after: .security("expired"))
        #expect(said == [nil, .unreachable("refused"), .security("expired")])
    }

    @Test func goodbyeIsSaidBeforeAWillLessClose() {
        connect()
        link.sayGoodbye()
        #expect(client.published.map(\.topic) == ["bye"])
        link.close()
        #expect(client.ends == ["close"])
    }

    @Test func fiveHundredRobotsDoNotComeBackAtOnce() {
        let instants = (0..<500).map { robot -> Nanoseconds in
            let client = PretendClient()
            let link = BrokerLink(client: client, dialect: PretendDialect(), seed: UInt64(robot))
            link.turn(at: 0)
            client.events = [.connected]
            link.turn(at: 0)
            client.events = [.lost(.closed("gone"))]
            link.turn(at: 0)
            return link.deadline
        }
        // In any tenth of the spread of 0.2 s there is about a tenth of them.
        for tenth in 0..<10 {
            let from = 100_000_000 + Nanoseconds(tenth) * 20_000_000
            #expect((25...80).contains(instants.count { (from..<from + 20_000_000).contains($0) }))
        }
    }
}
