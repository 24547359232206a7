import FaceKit
import Glibc
import Telemetry

/// Many light robots on one broker, turned by one thread: what a bridge costs, measured.
public struct Fleet {
    /// What it cost.
    public struct Figures: Sendable, Codable {
        public var robots = 0
        public var connected = 0
        public var seconds = 0.0
        public var messagesPerSecond = 0.0
        public var bytesPerSecond = 0.0
        public var dropped = 0
        /// Processor time of this process a robot and second of the clock, milliseconds.
        public var processorMsPerRobot = 0.0

        enum CodingKeys: String, CodingKey {
            case robots, connected, seconds, dropped
            case messagesPerSecond = "messages_per_s"
            case bytesPerSecond = "bytes_per_s"
            case processorMsPerRobot = "processor_ms_per_robot_s"
        }
    }

    private let loops: [BridgeLoop]
    private let clock = SystemClock()

    /// - Parameter first: the number of the first robot, so that several fleets do not share names.
    public init(robots: Int, first: Int = 0, address: BrokerAddress, security: BrokerSecurity, options: BridgeOptions) {
        let now = clock.now()
        loops = (first..<first + robots).map { number in
            BridgeLoop(
                feed: FleetFeed(number: number, startingAt: now), address: address, security: security,
                options: options)
        }
    }

    /// Runs until all are connected and the seconds are over; counts from when all are.
    public func run(seconds: Double, until stop: StopFlag) -> Figures {
        let patience = clock.now() + 30_000_000_000
        while !stop.isRequested, !loops.allSatisfy(\.isConnected), clock.now() < patience { turn() }
        let (began, before, processor) = (clock.now(), counts, Self.processorSeconds)
        while !stop.isRequested, clock.now() - began < Nanoseconds(seconds * 1e9) { turn() }
        let took = Double(clock.now() - began) / 1e9
        let after = counts
        var figures = Figures()
        figures.robots = loops.count
        figures.connected = loops.count(where: \.isConnected)
        figures.seconds = took
        figures.messagesPerSecond = Double(after.published - before.published) / took
        figures.bytesPerSecond = Double(after.bytes - before.bytes) / took
        figures.dropped = after.dropped - before.dropped
        figures.processorMsPerRobot = (Self.processorSeconds - processor) * 1000 / took / Double(max(loops.count, 1))
        for loop in loops { loop.sayGoodbye() }
        let goodbye = clock.now() + 2_000_000_000
        while !loops.allSatisfy(\.isQuiet), clock.now() < goodbye { turn() }
        for loop in loops { loop.close() }
        return figures
    }

    private var counts: (published: Int, bytes: Int, dropped: Int) {
        loops.reduce((0, 0, 0)) { sum, loop in
            let counts = loop.counts
            return (sum.0 + counts.published, sum.1 + counts.publishedBytes, sum.2 + counts.dropped)
        }
    }

    /// Waits for something to do, and lets those do it who have.
    private func turn() {
        var interests = loops.flatMap(\.interests)
        let now = clock.now()
        let due = loops.map(\.deadline).min() ?? now
        let milliseconds = (min(max(due, now), now + 100_000_000) - now) / 1_000_000
        poll(&interests, nfds_t(interests.count), CInt(milliseconds))
        let ready = Set(interests.lazy.filter { $0.revents != 0 }.map(\.fd))
        let then = clock.now()
        for loop in loops where loop.deadline <= then || loop.interests.contains(where: { ready.contains($0.fd) }) {
            loop.turn(at: then)
        }
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
