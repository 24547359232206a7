import FaceKit
import Hardware
import Synchronization
import Telemetry

/// The tap of a recording: copies what it is shown into bounded queues, from which the recording's own thread takes it.
///
/// The control and the motion tick write into rings without waiting or allocating; commands, events and bus bytes, which
/// come from threads that may wait, share a queue under a lock. A full queue drops what comes and counts it.
final class RecordingTap: RunTap {
    /// What comes now and then, from any thread.
    enum Rarity: Sendable {
        case command(Command, tick: Int, at: Nanoseconds)
        case event(ConsoleEvent, at: Nanoseconds)
        case bytes([UInt8], BusWrite, bus: Int, at: Nanoseconds)
    }

    let motion: SampleRing<MotionMoment>
    /// Beside each moment stand the wanted, the commanded and the resumed position of every actuator, and its strain.
    let control: SampleRing<ControlMoment>
    private let rarities = Mutex<[Rarity]>([])
    private let capacity: Int
    private let droppedRarities = Atomic<Int>(0)
    private let firstDeadline = Atomic<Nanoseconds>(.min)
    private let isOpen = Atomic<Bool>(false)
    private let actuators: Int
    private static let numbersEach = 7
    private let now: @Sendable () -> Nanoseconds

    /// - Parameters:
    ///   - actuators: how many the robot has.
    ///   - seconds: how long the queues hold what nobody takes.
    ///   - now: the run's clock.
    init(
        actuators: Int, controlRate: Double, motionRate: Double, seconds: Double = 4,
        now: @escaping @Sendable () -> Nanoseconds
    ) {
        control = SampleRing(
            capacity: Int(controlRate * seconds), initial: ControlMoment(), numbersEach: Self.numbersEach * actuators)
        self.actuators = actuators
        motion = SampleRing(capacity: Int(motionRate * seconds), initial: MotionMoment())
        capacity = Int(controlRate * seconds) * 4
        self.now = now
    }

    /// From here on what is shown is taken in.
    func open() { isOpen.store(true, ordering: .relaxed) }

    /// From here on nothing is taken in any more.
    func close() { isOpen.store(false, ordering: .relaxed) }

    /// The run's first deadline on its clock, once it is known.
    var start: Nanoseconds? {
        let start = firstDeadline.load(ordering: .acquiring)
        return start == .min ? nil : start
    }

    /// How much found its queue full.
    var dropped: Int { control.droppedCount + motion.droppedCount + droppedRarities.load(ordering: .relaxed) }

    /// Takes all commands, events and bytes that wait.
    func takeRarities() -> [Rarity] {
        rarities.withLock { waiting in
            defer { waiting.removeAll(keepingCapacity: true) }
            return waiting
        }
    }

    /// What sees the bytes of a bus.
    func busTap(_ bus: Int) -> BusTap {
        { [self] bytes, part in
            guard isOpen.load(ordering: .relaxed) else { return }
            put(.bytes(Array(bytes), part, bus: bus, at: now()))
        }
    }

    func happened(_ event: ConsoleEvent) { put(.event(event, at: now())) }

    private func put(_ rarity: Rarity) {
        guard isOpen.load(ordering: .relaxed) else { return }
        let hasRoom = rarities.withLock { waiting in
            guard waiting.count < capacity else { return false }
            waiting.append(rarity)
            return true
        }
        if !hasRoom { droppedRarities.wrappingAdd(1, ordering: .relaxed) }
    }

    // MARK: - RunTap

    func runStarts(at start: Nanoseconds) { firstDeadline.store(start, ordering: .releasing) }

    func motionTick(_ moment: borrowing MotionMoment) {
        guard isOpen.load(ordering: .relaxed) else { return }
        let moment = copy moment
        motion.put { cell, _ in cell = moment }
    }

    func performs(_ command: Command, atMotionTick index: Int) { put(.command(command, tick: index, at: now())) }

    func controlTick(_ moment: borrowing ControlMoment, _ numbers: ControlNumbers) {
        guard isOpen.load(ordering: .relaxed) else { return }
        let moment = copy moment
        control.put { cell, beside in
            cell = moment
            var place = 0
            func append(_ part: UnsafeBufferPointer<Double>) {
                for value in part {
                    beside[place] = value
                    place += 1
                }
            }
            append(numbers.wanted)
            append(numbers.commanded)
            append(numbers.resumed)
            append(numbers.strains)
            // Without measuring buses the strains' places stay as they began: nothing was said.
        }
    }

    /// The numbers beside a moment, as they were shown.
    func numbers(_ beside: UnsafeBufferPointer<Double>) -> ControlNumbers {
        func part(_ start: Int, _ count: Int) -> UnsafeBufferPointer<Double> {
            UnsafeBufferPointer(rebasing: beside[start * actuators..<(start + count) * actuators])
        }
        return ControlNumbers(wanted: part(0, 1), commanded: part(1, 1), resumed: part(2, 1), strains: part(3, 4))
    }
}
