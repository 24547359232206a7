import Actuation
import FaceKit
import Hardware
import Testing

/// A face whose horns, play and effects nobody knows is recorded, fitted, and then judged by what it really shows.
@Suite struct EffectFitTests {
    struct Stand {
        let robot: RobotDescription
        let nominal: Calibration
        let hidden: HiddenFace

        init(_ name: String, seed: UInt64) throws {
            robot = try RobotDescription(path: MienProgram.file("Robots/\(name).yaml"))
            nominal = try Calibration(path: MienProgram.file("Calibration/\(name).yaml"), robot: robot)
            hidden = HiddenFace(robot: robot, calibration: nominal, seed: seed)
        }

        /// The raw values that an actuator's table covers.
        func range(_ index: Int) -> ClosedRange<Double> {
            let outputs = nominal.entries[index].table?.outputs ?? [neutral[index]]
            return (outputs.min() ?? 0)...(outputs.max() ?? 0)
        }

        func width(_ index: Int) -> Double { range(index).upperBound - range(index).lowerBound }

        var neutral: [Double] { nominal.entries.map(\.neutralRaw) }

        /// Each actuator up and down alone, then poses of all of them, as the tracker sees them, play included.
        func recording(isAlone: Bool = true, poses: Int = 60) -> [EffectFit.Sample] {
            var told: [[Double]] = []
            for index in robot.actuators.indices where isAlone {
                let levels = (0...12).map { range(index).lowerBound + width(index) * Double($0) / 12 }
                for level in levels + levels.reversed() {
                    var raws = neutral
                    raws[index] = level
                    told.append(raws)
                }
                told.append(neutral)
            }
            let random = CounterRandom(seed: 99, system: .test)
            for pose in 0..<poses {
                told.append(
                    robot.actuators.indices.map { index in
                        let share = Double(random.uniform(frame: UInt32(pose), draw: UInt32(index)))
                        return range(index).lowerBound + share * width(index)
                    })
            }
            var shafts = neutral
            return told.enumerated().map { frame, raws in
                shafts = moved(shafts, to: raws)
                return .init(raws: raws, face: hidden.seen(hidden.face(shafts: shafts), frame: UInt32(frame)))
            }
        }

        func moved(_ shafts: [Double], to raws: [Double]) -> [Double] {
            robot.actuators.indices.map { index in
                let half = (hidden.backlash[robot.actuators[index].name] ?? 0) / 2
                return min(max(shafts[index], raws[index] - half), raws[index] + half)
            }
        }

        /// Root mean square and 99th percentile of the difference from faces that the robot can show, over the channels
        /// that it can move, when it is told to show them.
        func trueError(_ calibration: Calibration) -> (rms: Double, p99: Double) {
            var retargeter = Retargeter(robot: robot, calibration: calibration)
            var compensator = BacklashCompensator(robot: robot, calibration: calibration)
            let random = CounterRandom(seed: 5, system: .test)
            var shafts = neutral
            var errors: [Double] = []
            for frame in 0..<200 {
                let wantedShafts = robot.actuators.indices.map { index in
                    let share = 0.1 + 0.8 * Double(random.uniform(frame: UInt32(frame), draw: UInt32(index)))
                    return range(index).lowerBound + share * width(index)
                }
                let wanted = hidden.face(shafts: wantedShafts)
                var channels = FaceChannels()
                for channel in wanted.indices { channels.values[channel] = Float(wanted[channel]) }
                var targets = [Double](repeating: 0, count: robot.actuators.count)
                var span = targets.mutableSpan
                retargeter.targets(of: channels, into: &span)
                compensator.lead(&span)
                let raws = robot.actuators.enumerated().map { index, actuator in
                    actuator.scale.raw(ofRadians: targets[index])
                }
                shafts = moved(shafts, to: raws)
                let shown = hidden.face(shafts: shafts)
                for channel in wanted.indices where used.contains(channel) {
                    errors.append(abs(shown[channel] - wanted[channel]))
                }
            }
            errors.sort()
            let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
            return (rms, errors[errors.count * 99 / 100])
        }

        var used: Set<Int> {
            Set(nominal.entries.flatMap(\.inputs).map(\.channel.rawValue).filter { $0 < FaceEffects.channelCount })
        }
    }

    @Test(arguments: [("feetech-face-8", UInt64(7)), ("ohbot", 3), ("feetech-face-8", 11)])
    func aFittedFaceShowsWhatItIsAskedWithinAFifthOfTheErrorBefore(_ name: String, _ seed: UInt64) throws {
        let stand = try Stand(name, seed: seed)
        let fit = try EffectFit(robot: stand.robot, nominal: stand.nominal, samples: stand.recording())
        let (before, after) = (stand.trueError(stand.nominal), stand.trueError(fit.calibration))
        #expect(after.rms < before.rms / 5)
        #expect(after.rms < 0.015)
    }

    @Test func theNoiseOfTheTrackerIsAllThatStaysUnexplained() throws {
        let stand = try Stand("ohbot", seed: 3)
        let fit = try EffectFit(robot: stand.robot, nominal: stand.nominal, samples: stand.recording())
        // The simulated tracker's noise is 0.004.
        #expect(fit.residual < 0.005)
    }

    @Test func theFittedCalibrationReadsBackAsItWasWritten() throws {
        let stand = try Stand("feetech-face-8", seed: 7)
        let fit = try EffectFit(robot: stand.robot, nominal: stand.nominal, samples: stand.recording())
        let text = fit.calibration.yaml(robot: stand.robot, remarks: [])
        let again = try Calibration(yaml: text, name: "fitted", robot: stand.robot)
        #expect(again.rest.count == fit.calibration.rest.count)
        for (one, other) in zip(again.entries, fit.calibration.entries) {
            #expect(one.effects?.above.map(\.channel) == other.effects?.above.map(\.channel))
            for (a, b) in zip(one.effects?.below ?? [], other.effects?.below ?? []) {
                #expect(abs(a.amount - b.amount) < 1e-3)
            }
        }
        #expect(stand.trueError(again).rms < 0.015)
    }

    @Test func anActuatorThatNeverMovedKeepsItsEntry() throws {
        let stand = try Stand("feetech-face-8", seed: 7)
        let samples = stand.recording(poses: 0).map { sample in
            var still = sample
            still.raws[7] = stand.neutral[7]
            return still
        }
        let fit = try EffectFit(robot: stand.robot, nominal: stand.nominal, samples: samples)
        #expect(fit.calibration.entries[7].table == stand.nominal.entries[7].table)
    }

    @Test func aShortRecordingIsRefused() throws {
        let stand = try Stand("feetech-face-8", seed: 7)
        let few = Array(stand.recording().prefix(20))
        #expect(throws: EffectFit.Failure.tooFewSamples(found: 20, needed: 84)) {
            try EffectFit(robot: stand.robot, nominal: stand.nominal, samples: few)
        }
    }
}
