import Testing

@testable import Actuation

@Suite struct DeratingTests {
    private func settled(_ strain: Derating.Strain?, seconds: Double = 20) -> Derating {
        var derating = Derating(count: 1, period: 0.01)
        for _ in 0..<Int(seconds * 100) { derating.step(0, strain) }
        return derating
    }

    @Test func aCoolRestingServoKeepsAllItsWay() {
        #expect(settled(.init(temperature: 40, load: 0.3)).share(0) == 1)
        #expect(settled(nil).share(0) == 1)
        #expect(settled(.init(temperature: .nan, load: .nan)).share(0) == 1)
    }

    @Test func heatTakesAwayInProportion() {
        // Half of the way from 50 to 65 degrees leaves half.
        #expect(abs(settled(.init(temperature: 57.5, load: 0)).share(0) - 0.5) < 1e-9)
        #expect(settled(.init(temperature: 65, load: 0)).share(0) == 0)
    }

    @Test func fullLoadTakesAllInItsTime() {
        // 2 s of full load, and the share falls by half in a second at most.
        #expect(settled(.init(temperature: 30, load: 1), seconds: 1).share(0) < 0.75)
        #expect(settled(.init(temperature: 30, load: -1), seconds: 5).share(0) == 0)
    }

    @Test func aBlowIsNoOverload() {
        var derating = Derating(count: 1, period: 0.01)
        for _ in 0..<20 { derating.step(0, .init(temperature: 30, load: 1)) }
        #expect(derating.share(0) > 0.89)
        for _ in 0..<600 { derating.step(0, .init(temperature: 30, load: 0.1)) }
        #expect(derating.share(0) == 1)
    }

    @Test func aHotServoIsLetGoAtNeutralUntilItIsCool() {
        var derating = settled(.init(temperature: 66, load: 0))
        #expect(derating.mustRelease(0))
        derating.step(0, .init(temperature: 55, load: 0))
        #expect(derating.mustRelease(0))
        derating.step(0, .init(temperature: 49, load: 0))
        #expect(!derating.mustRelease(0))
    }

    @Test func theShareNeverJumps() {
        var derating = Derating(count: 1, period: 0.01)
        var before = 1.0
        for tick in 0..<2000 {
            derating.step(0, .init(temperature: tick / 50 % 2 == 0 ? 90 : 20, load: tick / 30 % 2 == 0 ? 1 : 0))
            #expect(abs(derating.share(0) - before) <= 0.005 + 1e-12)
            before = derating.share(0)
        }
    }
}
