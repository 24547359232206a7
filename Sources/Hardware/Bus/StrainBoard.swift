import Actuation
import Synchronization

/// The newest strain of each actuator, written by a bus' thread and read by the control tick without a lock.
final class StrainBoard: Sendable {
    private let cells: Cells
    private let count: Int

    private final class Cells: @unchecked Sendable {  // they are atomics that live as long as the box
        let start: UnsafeMutablePointer<Atomic<UInt64>>
        let count: Int

        init(count: Int) {
            self.count = count
            start = .allocate(capacity: max(count, 1))
            for index in 0..<count { (start + index).initialize(to: Atomic(0)) }
        }

        deinit {
            start.deinitialize(count: count)
            start.deallocate()
        }
    }

    init(count: Int) {
        self.count = count
        // Temperature and load share a word, so that they are of one moment; the position shares one with the count.
        cells = Cells(count: 2 * count)
    }

    func put(_ actuator: Int, _ telemetry: ServoTelemetry) {
        guard (0..<count).contains(actuator) else { return }
        let load = telemetry.load.map { Float($0) } ?? .nan
        let pair = UInt64(Float(telemetry.temperature).bitPattern) << 32 | UInt64(load.bitPattern)
        let count = UInt32(cells.start[2 * actuator + 1].load(ordering: .relaxed) >> 32) &+ 1
        cells.start[2 * actuator + 1].store(
            UInt64(count) << 32 | UInt64(Float(telemetry.position).bitPattern), ordering: .releasing)
        cells.start[2 * actuator].store(pair, ordering: .releasing)
    }

    /// Forgets what was said: the line was lost.
    func forget() {
        for index in 0..<count { cells.start[2 * index].store(0, ordering: .releasing) }
    }

    /// How often an actuator has said how it is; wraps around.
    func measurements(_ actuator: Int) -> UInt32 {
        guard (0..<count).contains(actuator) else { return 0 }
        return UInt32(cells.start[2 * actuator + 1].load(ordering: .acquiring) >> 32)
    }

    func strain(_ actuator: Int) -> Derating.Strain? {
        guard (0..<count).contains(actuator) else { return nil }
        let pair = cells.start[2 * actuator].load(ordering: .acquiring)
        guard pair != 0 else { return nil }
        return Derating.Strain(
            temperature: Float(bitPattern: UInt32(pair >> 32)),
            load: Float(bitPattern: UInt32(truncatingIfNeeded: pair)),
            position: Float(
                bitPattern: UInt32(
                    truncatingIfNeeded: cells.start[2 * actuator + 1].load(ordering: .acquiring))))
    }
}
