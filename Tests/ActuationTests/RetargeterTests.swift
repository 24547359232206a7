import CAllocationCounter
import FaceKit
import Testing

@testable import Actuation

@Suite struct RetargeterTests {
    /// The distances of ICT-FaceKit's relaxed face, in `LandmarkDistance` order, measured by NumPy.
    private static let relaxed: [Float] = [
        0.0939, 0.0939, 0.3266, 0.3266, 0.2978, 0.2978, 0.0091, 0.5685, -0.0101, -0.0101, -0.1434, 0.3559, 0.7136, 0,
    ]

    private static func channels(_ set: [Blendshape: Float] = [:]) -> FaceChannels {
        var channels = FaceChannels()
        for (index, distance) in LandmarkDistance.allCases.enumerated() {
            channels[FaceChannel(distance)] = relaxed[index]
        }
        for (shape, value) in set { channels[FaceChannel(shape)] = value }
        return channels
    }

    /// Pulses in µs by actuator name.
    private static func pulses(_ channels: FaceChannels, landmarkShare: Double = 0) throws -> [String: Double] {
        let robot = try ShippedFiles.robot()
        var retargeter = Retargeter(robot: robot, calibration: try ShippedFiles.calibration())
        var targets = Array(repeating: 0.0, count: retargeter.count)
        var span = targets.mutableSpan
        retargeter.targets(of: channels, landmarkShare: landmarkShare, into: &span)
        return Dictionary(
            uniqueKeysWithValues: zip(robot.actuators, targets).map { ($0.name, $0.scale.raw(ofRadians: $1)) })
    }

    @Test func theRelaxedFaceIsNeutralFromCoefficientsAndFromLandmarks() throws {
        for share in [0.0, 0.5, 1.0] {
            let pulses = try Self.pulses(Self.channels(), landmarkShare: share)
            for actuator in try ShippedFiles.robot().actuators {
                #expect(abs(try #require(pulses[actuator.name]) - actuator.neutralRaw) < 0.1, "\(actuator.name)")
            }
        }
    }

    @Test func aBlinkClosesBothUpperLidsOverTheirLongWay() throws {
        let blink = try Self.pulses(Self.channels([.eyeBlinkLeft: 1, .eyeBlinkRight: 1]))
        #expect(abs(try #require(blink["Upper-Lid-L"]) - 1106) < 0.5)
        #expect(abs(try #require(blink["Upper-Lid-R"]) - 2025) < 0.5)
        #expect(abs(try #require(blink["EE-L"]) - 1599) < 1e-9)
    }

    @Test func aClosedLidGapDoesTheSameAsABlink() throws {
        var closed = Self.channels()
        closed[FaceChannel(.lidGapLeft)] = 0.0939 - 0.081
        closed[FaceChannel(.lidGapRight)] = 0.0939 - 0.081
        let pulses = try Self.pulses(closed, landmarkShare: 1)
        #expect(abs(try #require(pulses["Upper-Lid-L"]) - 1106) < 10)
        #expect(abs(try #require(pulses["Upper-Lid-R"]) - 2025) < 10)
    }

    @Test func coefficientsAndDistancesNeverAddUp() throws {
        var both = Self.channels([.eyeBlinkLeft: 0.3])
        both[FaceChannel(.lidGapLeft)] = 0.0939 - 0.081 * 0.3
        let coefficients = try #require(try Self.pulses(both)["Upper-Lid-L"])
        let landmarks = try #require(try Self.pulses(both, landmarkShare: 1)["Upper-Lid-L"])
        let between = try #require(try Self.pulses(both, landmarkShare: 0.5)["Upper-Lid-L"])
        #expect(min(coefficients, landmarks) <= between && between <= max(coefficients, landmarks))
    }

    @Test func aChannelThatIsNotFiniteMakesOnlyItsActuatorsNaN() throws {
        let pulses = try Self.pulses(Self.channels([.eyeBlinkLeft: .nan]))
        #expect(Set(pulses.filter { $0.value.isNaN }.keys) == ["Upper-Lid-L", "Lower-Lid-L"])
    }

    @Test func anyFiniteFaceStaysWithinTheLimits() throws {
        var random = Draws(seed: 11, stream: 0)
        let robot = try ShippedFiles.robot()
        var retargeter = Retargeter(robot: robot, calibration: try ShippedFiles.calibration())
        var targets = Array(repeating: 0.0, count: retargeter.count)
        for _ in 0..<200 {
            var channels = FaceChannels()
            for index in 0..<FaceChannels.count { channels.values[index] = Float(random.next() * 20 - 10) }
            var span = targets.mutableSpan
            retargeter.targets(of: channels, landmarkShare: random.next(), into: &span)
            for (actuator, target) in zip(robot.actuators, targets) {
                let pulse = actuator.scale.raw(ofRadians: target)
                #expect(pulse >= actuator.lowestRaw - 1e-9 && pulse <= actuator.highestRaw + 1e-9, "\(actuator.name)")
            }
        }
    }

    @Test func retargetingAllocatesNothing() throws {
        var retargeter = Retargeter(robot: try ShippedFiles.robot(), calibration: try ShippedFiles.calibration())
        let channels = Self.channels([.mouthSmileLeft: 0.4])
        var targets = Array(repeating: 0.0, count: retargeter.count)
        var before: Int64 = 0
        for round in 0..<101 {
            // The first may meet code that was never used in this process.
            if round == 1 { before = mien_allocation_count() }
            var span = targets.mutableSpan
            retargeter.targets(of: channels, landmarkShare: Double(round) / 100, into: &span)
        }
        #expect(mien_allocation_count() == before)
    }
}
