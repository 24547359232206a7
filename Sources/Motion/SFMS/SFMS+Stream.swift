import FaceFit
import FaceKit
import Inference

extension SFMS {
    /// One listener: block-causal (spec §2.4). `mien_training/sfms/stream.py` is the twin.
    ///
    /// Each block: the last displayed frame becomes a keyframe; 8 rows of tokens are drawn from 40 frames of listener
    /// and speaker; the 48-frame window is inpainted and the first `kept` of its last 8 frames are shown, with the gap to
    /// the last displayed frame faded out over 3 frames. The rows beyond are drawn again by the next block, which has
    /// heard more.
    public struct Stream: MotionStream {
        /// Frames between the two responses whose difference is the change of the speaker.
        static let staleness = 25
        /// Rate of the two one-pole filters that the shown head pose passes: codes are coarse, a head has mass.
        private static let headRate: Float = 0.25
        private static let fade: [Float] = [0.75, 0.5, 0.25]

        private let model: SFMS
        private let random: CounterRandom
        private var sampler: CategoricalSampler
        private var features = SpeakerFeatures()
        /// The speaker's features, the last `past + staleness` frames.
        private var speaker: Matrix
        /// What was heard of the speaker in the last `past` frames, and of the frame to come; nil without an ear.
        private var sound: SoundRing?
        private var heardNext: [Float]?
        /// The displayed frames, standardised, with running means of smile and cheek: [past, 62].
        private var motion: Matrix
        /// The displayed frames' tokens, row-major [past, groups].
        private var tokens: [Int]
        private var block: UInt32 = 0
        /// Running means and variances of the drawn channels, which the calibration moves, and the listener's temper.
        private var running: OutputCalibration.Running?
        private var headPoles: [HeadPose]
        private var pending: [FaceFrame] = []
        private var inpainting: TransformerWorkspace
        private var predicting: Predictor.Workspace
        /// The rows drawn for the newest block, row-major [hop, groups]; the first `kept` of them stay.
        private(set) var drawn: [Int] = []

        init(_ model: SFMS, seed: UInt64) {
            self.model = model
            let shape = model.predictor.shape
            random = CounterRandom(seed: seed, system: .sfms)
            sampler = CategoricalSampler(classes: 1 + model.predictor.codes)
            speaker = Matrix(rows: shape.past + Self.staleness, columns: SpeakerFeatures.count)
            sound = shape.hearing.map { SoundRing(frames: shape.past, columns: $0.columns) }
            motion = Matrix(rows: shape.past, columns: Predictor.listenerColumns)
            let means = Self.smileAndCheek(model.rest)
            for row in 0..<shape.past {
                for channel in 0..<58 {
                    motion[row, channel] = (model.rest[channel] - model.mean[channel]) / model.deviation[channel]
                }
                for (place, value) in means.enumerated() { motion[row, 58 + place] = value }
            }
            let head = FaceFrame(model.rest).head
            headPoles = [head, head]
            tokens = [Int](repeating: 0, count: shape.past * model.predictor.groups)
            inpainting = model.tokeniser.makeWorkspace()
            predicting = model.predictor.makeWorkspace()
            running = model.calibration?.begin(seed: seed)
        }

        public mutating func hear(_ frame: [Float]?) { heardNext = frame }

        public mutating func next(person: PersonFrame?) throws -> MotionFrame {
            sound?.push(heardNext)
            heardNext = nil
            speaker.shiftUp()
            let newest = features.push(person)
            for (column, value) in newest.enumerated() { speaker[speaker.rows - 1, column] = value }
            if pending.isEmpty { startBlock() }
            var face = pending.removeFirst()
            face.head = smoothed(face.head)
            if let calibration = model.calibration, var own = running.take() {  // moved, not copied
                face = calibration(face, running: &own)
                running = own
            }
            let shape = model.basis.shape(of: face)
            let landmarks = FaceBasis.posed(shape, by: face.head)
            return MotionFrame(
                face: face, landmarks: landmarks, image: model.basis.project(landmarks),
                distances: LandmarkDistance.measure(shape))
        }

        private mutating func startBlock() {
            anchor()
            drawn = predict()
            extend(by: drawn)
            block += 1
        }

        /// Makes the last displayed frame a keyframe of every group, with the code of what is shown.
        private mutating func anchor() {
            let groups = model.predictor.groups
            let last = motion.lastRows(1).columns(0..<58)
            for (group, quantiser) in model.tokeniser.quantisers.enumerated() {
                let place = tokens.count - groups + group
                if tokens[place] == 0 { tokens[place] = quantiser.codes(last)[0] + 1 }
            }
        }

        /// Draws the next rows of tokens.
        private mutating func predict() -> [Int] {
            let predictor = model.predictor
            let (past, groups, hop) = (predictor.shape.past, predictor.groups, predictor.shape.hop)
            let listener = predictor.encodeListener(motion, tokens: tokens, &predicting)
            let person = predictor.encodeSpeaker(
                speaker.rows(Self.staleness..<Self.staleness + past), sound: sound, &predicting)
            let memory = predictor.fuse(listener: listener, speaker: person, &predicting)
            let tilt = response()
            predictor.begin(memory, &predicting)
            var rows = Array(tokens.suffix(groups))
            if predictor.shape.isSequential {
                for row in 0..<hop {
                    rows += draw(predictor.next(after: rows.suffix(groups), &predicting), 0, row, tilt)
                }
            } else {
                let logits = predictor.next(after: [], &predicting)
                for row in 0..<hop { rows += draw(logits, row, row, tilt) }
            }
            return Array(rows.dropFirst(groups))
        }

        /// The linear response to the speaker and its change over the last second, times their gains.
        private func response() -> Float {
            let newest = speaker.rows - 1
            let now = model.predictor.response(speaker, newest: newest)
            let before = model.predictor.response(speaker, newest: newest - Self.staleness)
            return model.sampling.responseGain * (now + model.sampling.changeGain * (now - before))
        }

        /// Draws the tokens of the block's row `row` from a line of logits; the draw's key is (seed, block, row, group).
        private mutating func draw(_ logits: Matrix, _ line: Int, _ row: Int, _ tilt: Float) -> [Int] {
            let (groups, classes) = (model.predictor.groups, 1 + model.predictor.codes)
            return (0..<groups).map { group in
                let uniform = random.uniform(frame: block, draw: UInt32(row * groups + group))
                var own = logits.withRow(line) { Array($0[group * classes..<(group + 1) * classes]) }
                let part = model.parts[group]
                if part == .smile { Self.tilt(&own, by: tilt, towards: model.smileLevels[group]) }
                var (temperature, nucleus, codes) = model.sampling.way(of: part)
                if codes != 1, temperature > 0 {
                    Self.temper(&own, temperature, codes: codes)
                    temperature = 1
                }
                return own.withUnsafeBufferPointer { values in
                    sampler.sample(values, temperature: temperature, nucleus: nucleus, uniform: uniform)
                }
            }
        }

        /// Logits at a temperature, then those of the codes alone at another: which code a keyframe has, not whether there
        /// is one. At one temperature for both a calm face would have keyframes at the ends of blocks alone.
        static func temper(_ logits: inout [Float], _ temperature: Float, codes: Float) {
            for place in logits.indices { logits[place] /= temperature }
            guard let best = logits.dropFirst().max(), best.isFinite else { return }
            /// The logarithm of the codes' summed probability at a temperature, less the likeliest one's.
            func mass(_ temperature: Float) -> Float {
                let sum = logits.dropFirst().reduce(0.0) { $0 + PortableMath.exp(Double(($1 - best) / temperature)) }
                return Float(PortableMath.log(sum))
            }
            let (before, after) = (mass(1), mass(codes))
            for place in logits.indices.dropFirst() {
                logits[place] = best + before + (logits[place] - best) / codes - after
            }
        }

        /// Favours keyframes by response · (their smile − the expected keyframe's smile): for a Gaussian step exactly a
        /// shift of its mean.
        private static func tilt(_ logits: inout [Float], by response: Float, towards levels: [Float]) {
            guard response != 0 else { return }
            var keyframes = Matrix(Array(logits.dropFirst()))
            keyframes.softmax()
            var expected: Float = 0
            for (code, level) in levels.enumerated() { expected += keyframes[0, code] * level }
            for (code, level) in levels.enumerated() { logits[1 + code] += response * (level - expected) }
        }
    }
}

extension SFMS.Stream {
    /// Inpaints the window with the new rows and moves on by one block.
    private mutating func extend(by rows: [Int]) {
        let (past, kept) = (model.predictor.shape.past, model.kept)
        let dense = model.tokeniser.inpaint(tokens + rows, rows: past - 1..<past + kept, &inpainting)
        let shown = motion.rows(past - 1..<past)
        motion.shiftUp(by: kept)
        pending = (0..<kept).map { step in
            let share = step < Self.fade.count ? Self.fade[step] : 0
            var values = [Float](repeating: 0, count: 58)
            for channel in 0..<58 {
                let gap = shown[0, channel] - dense[0, channel]
                let standardised = dense[1 + step, channel] + share * gap
                let natural = standardised * model.deviation[channel] + model.mean[channel]
                values[channel] = channel < Blendshape.count ? min(max(natural, 0), 1) : natural
                motion[past - kept + step, channel] = (values[channel] - model.mean[channel]) / model.deviation[channel]
            }
            remember(values, at: past - kept + step)
            return FaceFrame(values)
        }
        let lasting = rows.prefix(kept * model.predictor.groups)
        tokens.removeFirst(lasting.count)
        tokens += lasting
    }

    /// The head pose after both filters.
    private mutating func smoothed(_ pose: HeadPose) -> HeadPose {
        var pose = pose
        for index in headPoles.indices {
            headPoles[index].move(towards: pose, by: Self.headRate)
            pose = headPoles[index]
        }
        return pose
    }

    /// Of 58 numbers what the running means of smile and cheek, a quick and a slow one each, follow.
    fileprivate static func smileAndCheek(_ values: [Float]) -> [Float] {
        func mean(_ left: Blendshape, _ right: Blendshape) -> Float {
            (values[left.rawValue] + values[right.rawValue]) / 2
        }
        let smile = mean(.mouthSmileLeft, .mouthSmileRight)
        let cheek = mean(.cheekSquintLeft, .cheekSquintRight)
        return [smile, smile, cheek, cheek]
    }

    /// Moves the running means of smile and cheek.
    private mutating func remember(_ values: [Float], at row: Int) {
        let rates = [SpeakerFeatures.fast, SpeakerFeatures.slow]
        for (place, value) in Self.smileAndCheek(values).enumerated() {
            let before = motion[row - 1, 58 + place]
            motion[row, 58 + place] = before + rates[place % 2] * (value - before)
        }
    }
}

extension HeadPose {
    fileprivate mutating func move(towards other: HeadPose, by share: Float) {
        yaw += share * (other.yaw - yaw)
        pitch += share * (other.pitch - pitch)
        roll += share * (other.roll - roll)
        x += share * (other.x - x)
        y += share * (other.y - y)
        z += share * (other.z - z)
    }
}

extension FaceFrame {
    /// The frame of 58 numbers in channel order.
    fileprivate init(_ values: [Float]) {
        self.init()
        for index in 0..<Blendshape.count { coefficients[index] = values[index] }
        head = HeadPose(
            yaw: values[52], pitch: values[53], roll: values[54], x: values[55], y: values[56], z: values[57])
    }
}
