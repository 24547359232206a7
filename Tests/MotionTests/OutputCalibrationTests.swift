import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// The listener's last step, on lines worked by hand: 24 knots at 0, 1 … 23 hundredths that lead to twice that.
@Suite struct OutputCalibrationTests {
    private static func calibration(
        share: Float, level: Float = 0.1, rate: Float = 0.5, steady: Float = 0, mix: [Float]? = nil,
        smoothing: [Float]? = nil
    ) -> OutputCalibration {
        let knots = (0..<OutputCalibration.knots).map { Float($0) / 100 }
        return OutputCalibration(
            drawn: (0..<58).flatMap { _ in knots }, shown: (0..<58).flatMap { _ in knots.map { 2 * $0 } },
            level: [Float](repeating: level, count: 58), share: [Float](repeating: share, count: 58),
            variance: [Float](repeating: 0.0025, count: 58), steady: [Float](repeating: steady, count: 58), mix: mix,
            rate: rate, smoothing: smoothing)
    }

    private static func shown(_ values: [Float], _ calibration: OutputCalibration) -> [Float] {
        var running = calibration.begin(seed: 0)
        return values.map { value in
            var face = FaceFrame()
            face[.jawOpen] = value
            return calibration(face, running: &running)[.jawOpen]
        }
    }

    @Test func aDrawnValueIsLedAlongItsLineAndHeldAtItsEnds() {
        let found = Self.shown([0.05, 0.055, 0.229, 0.9, -0.3], Self.calibration(share: 0))
        for (value, expected) in zip(found, [0.1, 0.11, 0.458, 0.46, 0]) {
            #expect(abs(value - Float(expected)) < 1e-6)
        }
    }

    @Test func whatTheRunningMeanIsOffTheLongOneIsTakenAway() {
        // Means 0.15 and 0.175 after the frames: 0.05 and 0.075 above 0.1, so 0.15 and 0.125 go to the line.
        let found = Self.shown([0.2, 0.2], Self.calibration(share: 1))
        #expect(abs(found[0] - 0.3) < 1e-6 && abs(found[1] - 0.25) < 1e-6)
        // Half of it: 0.175 and 0.1625.
        let half = Self.shown([0.2, 0.2], Self.calibration(share: 0.5))
        #expect(abs(half[0] - 0.35) < 1e-6 && abs(half[1] - 0.325) < 1e-6)
    }

    @Test func aChannelPassesTwoFiltersThatBeginAtItsLongMean() {
        // 0.2 where 0.1 is usual, at a rate of 0.5: 0.15 and 0.175 after the first filter, 0.125 and 0.15 after both.
        let rates = (0..<58).map { $0 == Blendshape.jawOpen.rawValue ? Float(0.5) : 1 }
        let calibration = Self.calibration(share: 0, smoothing: rates)
        let found = Self.shown([0.2, 0.2], calibration)
        #expect(abs(found[0] - 0.25) < 1e-6 && abs(found[1] - 0.3) < 1e-6)
        // The others are as they were drawn.
        var running = calibration.begin(seed: 0)
        let face = FaceFrame(head: HeadPose(yaw: 0.2, pitch: 0.1, roll: 0, x: 0, y: 0, z: 0))
        #expect(abs(calibration(face, running: &running).head.yaw - 0.4) < 1e-6)
    }

    @Test func everyChannelHasItsOwnMean() {
        let calibration = Self.calibration(share: 1)
        var running = calibration.begin(seed: 0)
        var face = FaceFrame(head: HeadPose(yaw: 0.2, pitch: 0.1, roll: 0, x: 0, y: 0, z: 0))
        face[.jawOpen] = 0.1
        let found = calibration(face, running: &running)
        #expect(abs(found.head.yaw - 0.3) < 1e-6 && abs(found.head.pitch - 0.2) < 1e-6)
        #expect(abs(found[.jawOpen] - 0.2) < 1e-6)
    }

    @Test func whatTheRunningDeviationIsOffTheLongOneIsTakenAway() {
        // 0.1 above the mean where 0.05 is usual: variances 0.0025 + (0.01 - 0.0025) / 2 = 0.00625 and 0.008125, so 0.1
        // times 0.63246 and 0.55470; the line doubles 0.1 and that.
        let found = Self.shown([0.2, 0.2], Self.calibration(share: 0, steady: 1))
        #expect(abs(found[0] - 0.326491) < 1e-5 && abs(found[1] - 0.310940) < 1e-5)
        // Half of it: times 0.81623.
        let half = Self.shown([0.2], Self.calibration(share: 0, steady: 0.5))
        #expect(abs(half[0] - 0.363246) < 1e-5)
    }

    @Test func channelsAreMixedAboutTheirLongMeans() {
        // The jaw gets half of what the yaw is off its mean: 0.05 - 0.05 + 0.04.
        var mix = (0..<58 * 58).map { Float($0 % 59 == 0 ? 1 : 0) }
        mix[Blendshape.jawOpen.rawValue * 58 + 52] = 0.5
        let calibration = Self.calibration(share: 0, mix: mix)
        var running = calibration.begin(seed: 0)
        var face = FaceFrame(head: HeadPose(yaw: 0.18, pitch: 0.1, roll: 0.1, x: 0, y: 0, z: 0))
        face[.jawOpen] = 0.05
        let found = calibration(face, running: &running)
        #expect(abs(found[.jawOpen] - 0.18) < 1e-6 && abs(found.head.yaw - 0.36) < 1e-6)
    }

    @Test func smileAndCheekFollowTheirOwnRateAndTheRestAnother() {
        // Means 0.15 at a rate of 0.5 and 0.125 at 0.25, where 0.2 was drawn and 0.1 is usual: 0.15 and 0.175 are left.
        let knots = (0..<OutputCalibration.knots).map { Float($0) / 100 }
        let lines = (0..<58).flatMap { _ in knots }
        let calibration = OutputCalibration(
            drawn: lines, shown: lines, level: [Float](repeating: 0.1, count: 58),
            share: [Float](repeating: 1, count: 58), rate: 0.5, rest: 0.25)
        var running = calibration.begin(seed: 0)
        var face = FaceFrame()
        face[.mouthSmileLeft] = 0.2
        face[.jawOpen] = 0.2
        let found = calibration(face, running: &running)
        #expect(abs(found[.mouthSmileLeft] - 0.15) < 1e-6 && abs(found[.jawOpen] - 0.175) < 1e-6)
    }

    @Test func aListenerSmilesAlongTheLineOfItsTemper() {
        // Three tempers, whose smiles are 1, 2 and 3 times and whose cheeks are 4, 5 and 6 times what is drawn. Uniform
        // numbers of stream 1 by the Python twin: 0.0761 of seed 5, 0.3837 of seed 1, 0.7241 of seed 0.
        let knots = (0..<OutputCalibration.knots).map { Float($0) / 100 }
        let lines = (0..<58).flatMap { _ in knots }
        let calibration = OutputCalibration(
            drawn: lines, shown: lines, level: [Float](repeating: 0.1, count: 58),
            share: [Float](repeating: 0, count: 58), rate: 0.5,
            tempers: (1...3).flatMap { n in [n, n + 3].flatMap { m in knots.map { Float(m) * $0 } } })
        for (seed, temper) in [(UInt64(5), Float(1)), (1, 2), (0, 3)] {
            var running = calibration.begin(seed: seed)
            var face = FaceFrame()
            (face[.mouthSmileRight], face[.cheekSquintLeft], face[.jawOpen]) = (0.055, 0.02, 0.055)
            let found = calibration(face, running: &running)
            #expect(abs(found[.mouthSmileRight] - 0.055 * temper) < 1e-6)
            #expect(abs(found[.cheekSquintLeft] - 0.02 * (temper + 3)) < 1e-6)
            #expect(abs(found[.jawOpen] - 0.055) < 1e-6)
        }
    }
}
