import Testing

@testable import Actuation

@Suite struct SafetyTests {
    @Test func wakingUpTakesTheBestThatIsKnownOfEachActuatorAndSaysWhich() {
        let wakeUp = WakeUp(neutral: [0.1, 0.2, 0.3], measured: [0.5, nil, .nan], lastCommanded: [0.6, 0.7, nil])
        #expect(
            wakeUp.starts == [
                .init(position: 0.5, origin: .measured), .init(position: 0.7, origin: .lastCommanded),
                .init(position: 0.3, origin: .assumedNeutral),
            ])
        #expect(wakeUp.count(of: .assumedNeutral) == 1)
    }

    @Test func actuatorsGetTorqueOneAtATime() {
        var wakeUp = WakeUp(neutral: [0, 0, 0], ticksEach: 2)
        var enabledAt: [Int?] = []
        for _ in 0..<6 {
            enabledAt.append(wakeUp.step())
        }
        #expect(enabledAt == [0, nil, 1, nil, 2, nil])
        #expect(wakeUp.isDone)
        #expect(wakeUp.enabled == [true, true, true])
    }

    @Test func anEmergencyStopLatchesWithItsFirstCauseUntilAnOperatorClearsIt() {
        var stop = EmergencyStop()
        #expect(!stop.isLatched)
        stop.press(.message)
        stop.press(.operator)
        #expect(stop.cause == .message)
        #expect(stop.presses == 2)
        stop.clearByOperator()
        #expect(!stop.isLatched)
    }
}
