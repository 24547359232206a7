import Actuation
import Synchronization

/// The way of the emergency stop to the control tick: pressed from any thread without waiting, read without a lock.
public final class StopLatch: Sendable {
    private let pressed = Atomic<UInt8>(0)
    private let cleared = Atomic<Bool>(false)

    /// The number that stands for a cause, here and in a status; 0 for none.
    static func number(of cause: EmergencyStop.Cause?) -> UInt8 {
        switch cause {
        case nil: 0
        case .operator: 1
        case .message: 2
        case .script: 3
        case .limitViolation: 4
        }
    }

    private static let causes: [EmergencyStop.Cause] = [.operator, .message, .script, .limitViolation]

    public init() {}

    /// Presses the stop; the control tick that comes next latches it.
    public func press(_ cause: EmergencyStop.Cause) {
        pressed.store(Self.number(of: cause), ordering: .releasing)
    }

    /// Lets go of it: an operator's hand only. A press that comes with it wins.
    public func clearByOperator() { cleared.store(true, ordering: .releasing) }

    /// Brings the control tick's latch up to date.
    func update(_ stop: inout EmergencyStop) {
        if cleared.load(ordering: .relaxed), cleared.exchange(false, ordering: .acquiring) { stop.clearByOperator() }
        guard pressed.load(ordering: .relaxed) != 0 else { return }
        let place = Int(pressed.exchange(0, ordering: .acquiring))
        if place > 0 { stop.press(Self.causes[place - 1]) }
    }
}
