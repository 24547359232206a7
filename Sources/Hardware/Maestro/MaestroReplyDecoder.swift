import Actuation

/// A decoder of a Maestro's answers. They carry no header, so each byte belongs to the oldest open question.
public struct MaestroReplyDecoder: ReplyDecoder {
    private enum Question: Equatable {
        case errors
        case position(actuator: Int)
        case moving
    }

    private let actuators: [Actuator]
    private var questions: [Question] = []
    private var low: UInt8?

    init(actuators: [Actuator]) { self.actuators = actuators }

    public var expectedReplies: Int { questions.count }

    /// The greeting reads the errors once, which clears them.
    public mutating func expectGreeting() { questions.append(.errors) }

    public mutating func expectHealth() { questions.append(.errors) }

    /// Says that "get position" of an actuator has been written.
    public mutating func expectPosition(actuator: Int) { questions.append(.position(actuator: actuator)) }

    /// Says that "get moving state" has been written.
    public mutating func expectMovingState() { questions.append(.moving) }

    public mutating func reset() {
        questions.removeAll(keepingCapacity: true)
        low = nil
    }

    public mutating func receive(_ byte: UInt8, _ report: (BusReply) -> Void) {
        guard let question = questions.first else { return }
        if question == .moving {
            questions.removeFirst()
            report(.moving(byte != 0))
            return
        }
        guard let low else {
            low = byte
            return
        }
        self.low = nil
        questions.removeFirst()
        let word = UInt16(low) | UInt16(byte) << 8
        if case .position(let actuator) = question {
            report(.position(actuator: actuator, radians: actuators[actuator].radians(ofSteps: Int(word))))
        } else {
            report(.errors(word))
        }
    }
}
