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
        case .deadMan: 5
        }
    }

    private static let causes: [EmergencyStop.Cause] = [.operator, .message, .script, .limitViolation, .deadMan]

    public init() {}

    /// Presses the stop; the control tick that comes next latches it.
    public func press(_ cause: EmergencyStop.Cause) {
        pressed.store(Self.number(of: cause), ordering: .releasing)
    }

    /// Lets go of it: an operator's hand only. A press that comes with it wins.
    public func clearByOperator() { cleared.store(true, ordering: .releasing) }

    /// What one tick found in the latch.
    public struct Taken: Sendable, Equatable {
        public var isCleared = false
        /// The number of the cause that pressed it, 0 for none.
        public var pressed: UInt8 = 0
        public init() {}
    }

    /// The cause that a number stands for.
    static func cause(_ number: UInt8) -> EmergencyStop.Cause? {
        (1...causes.count).contains(Int(number)) ? causes[Int(number) - 1] : nil
    }

    /// Brings the control tick's latch up to date.
    @discardableResult
    func update(_ stop: inout EmergencyStop) -> Taken {
        var taken = Taken()
        if cleared.load(ordering: .relaxed), cleared.exchange(false, ordering: .acquiring) {
            taken.isCleared = true
            stop.clearByOperator()
        }
        guard pressed.load(ordering: .relaxed) != 0 else { return taken }
        taken.pressed = pressed.exchange(0, ordering: .acquiring)
        if let cause = Self.cause(taken.pressed) { stop.press(cause) }
        return taken
    }
}
