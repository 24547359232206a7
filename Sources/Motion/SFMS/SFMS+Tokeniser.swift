import Inference

extension SFMS {
    /// The sparse tokeniser: which frames are keyframes, the code of each, and dense motion from sparse keyframes.
    ///
    /// Frames are standardised, [T, 58]; tokens are row-major [T, groups], 0 for a transition frame and 1 + code for a
    /// keyframe. Source: spec §2.2; departures are on the model's card.
    public struct Tokeniser: Sendable {
        public let shape: TokeniserShape
        /// The channels of each group.
        public let groups: [[Int]]

        let quantisers: [GroupQuantiser]
        /// Whether there are weights of a learned chooser.
        public var hasChooser: Bool { chooser != nil }
        /// The learned chooser, where the placement has one.
        let chooser: KeyframeChooser?
        private let positions: Matrix
        private let keyBlank: Matrix
        private let keyStack: EncoderStack
        private let transitionFront: Linear
        private let transitionStack: EncoderStack
        private let blank: [Float]
        private let lineFront: Linear
        private let decoderStack: EncoderStack
        private let decoderHead: Linear

        /// A tokeniser of any size from a file or from random weights.
        public init(_ source: some WeightSource, shape: TokeniserShape, groups: [[Int]]) throws {
            self.shape = shape
            self.groups = groups
            let size = shape.size
            let count = groups.count
            positions = PositionalEncoding.sinusoidal(length: shape.window, width: size.width)
            chooser =
                shape.placement.isLearned
                ? try KeyframeChooser(source, shape: shape, groups: groups) : nil
            quantisers = try groups.enumerated().map { index, channels in
                try GroupQuantiser(
                    source, index: index, channels: channels, quantiser: shape.quantisers[index], width: size.width)
            }
            keyBlank = Matrix(columns: size.width, try source.tensor("key_blank", shape: [count, size.width]).values)
            keyStack = try EncoderStack(source, "key_stack", size: size, layers: shape.layers[1])
            let bits = count * (2 * shape.maskReach + 1)
            transitionFront = try Linear(
                source, "transition_front", inputs: size.width + bits + 2 * count, outputs: size.width)
            transitionStack = try EncoderStack(source, "transition_stack", size: size, layers: shape.layers[2])
            blank = try source.vector("blank", count: size.width)
            lineFront = try Linear(source, "line_front", inputs: 58, outputs: size.width)
            decoderStack = try EncoderStack(source, "decoder_stack", size: size, layers: shape.layers[3])
            decoderHead = try Linear(source, "decoder_head", inputs: size.width, outputs: 58)
        }

        /// Scratch for the transformer layers.
        func makeWorkspace() -> TransformerWorkspace {
            TransformerWorkspace(width: shape.size.width, hidden: shape.size.hidden, rows: shape.window)
        }

        /// Which frames of a window of standardised frames are keyframes, group by group.
        ///
        /// - Parameter tables: what the frames' codes stand for, where that is known already.
        func mask(
            _ frames: Matrix, k: Int, placement: Placement, tables: [GroupQuantiser.Table]? = nil
        ) -> KeyframeMask {
            let count = frames.rows
            var keys = [Bool](repeating: placement == .dense, count: count * groups.count)
            if placement != .dense {
                for group in groups.indices {
                    let kept: Matrix? =
                        placement == .coded
                        ? (tables?[group] ?? quantisers[group].table(ofFrames: frames)).plain : nil
                    for frame in keyframes(frames, group: group, k: min(k, count), placement, kept: kept) {
                        keys[frame * groups.count + group] = true
                    }
                }
            }
            return KeyframeMask(frames: count, groups: groups.count, keys: keys)
        }

        private func keyframes(
            _ frames: Matrix, group: Int, k: Int, _ placement: Placement, kept: Matrix?
        ) -> [Int] {
            if placement == .even { return KeyframePaths.even(k, of: frames.rows) }
            let learned = placement.isLearned ? chooser?(frames, group: group, k: k) : nil
            if placement == .topK, let chooser, let learned {
                return KeyframePaths.picks(k, scores: learned, discouragement: chooser.discouragement)
            }
            return KeyframePaths(frames, channels: groups[group], knots: kept).best(k, scores: learned)
        }
    }
}

extension SFMS.Tokeniser {
    /// Keyframe encoder: reads the rows that have a keyframe and no others, one row of [keys, width] each.
    func keyLatents(
        _ tokens: [Int], rows: [Int], tables: [GroupQuantiser.Table]? = nil, _ workspace: inout TransformerWorkspace
    ) -> Matrix {
        let tables = tables ?? quantisers.map(\.table)
        var x = Matrix(rows: rows.count, columns: shape.size.width)
        for (place, row) in rows.enumerated() {
            x.copyRow(row, of: positions, toRow: place)
            for group in groups.indices {
                let token = tokens[row * groups.count + group]
                if token > 0 {
                    x.addRow(token - 1, of: tables[group].embedding, toRow: place)
                } else {
                    x.addRow(group, of: keyBlank, toRow: place)
                }
            }
        }
        keyStack(&x, &workspace)
        return x
    }

    /// Transition encoder: sees the masks and nothing of the motion, [T, width].
    func transitions(_ mask: KeyframeMask, _ workspace: inout TransformerWorkspace) -> Matrix {
        let (width, count, reach) = (shape.size.width, groups.count, shape.maskReach)
        var input = Matrix(rows: mask.frames, columns: transitionFront.inputs)
        for row in 0..<mask.frames {
            input.copyRow(row, of: positions, toRow: row)
            for offset in 0...2 * reach {
                let frame = row + offset - reach
                guard (0..<mask.frames).contains(frame) else { continue }
                for group in 0..<count where mask.isKey(frame, group) { input[row, width + offset * count + group] = 1 }
            }
            let first = width + count * (2 * reach + 1)
            for group in 0..<count {
                let (last, next) = mask.distances(row, group)
                input[row, first + group] = last
                input[row, first + count + group] = next
            }
        }
        var x = Matrix(rows: mask.frames, columns: width)
        transitionFront(input, into: &x)
        transitionStack(&x, &workspace)
        return x
    }

    /// Straight lines between the keyframes' plain decodings; beyond the outer ones the nearest is held, [rows, 58].
    func line(
        _ tokens: [Int], _ mask: KeyframeMask, rows: Range<Int>, tables: [GroupQuantiser.Table]? = nil
    ) -> Matrix {
        let tables = tables ?? quantisers.map(\.table)
        var out = Matrix(rows: rows.count, columns: 58)
        for (group, quantiser) in quantisers.enumerated() {
            let plain = tables[group].plain
            for row in rows {
                let (before, after) = mask.neighbours(row, group)
                guard let nearest = before ?? after else { continue }
                let (from, to) = (before ?? nearest, after ?? nearest)
                let share = to > from ? Float(row - from) / Float(to - from) : 0
                let (a, b) = (tokens[from * groups.count + group] - 1, tokens[to * groups.count + group] - 1)
                out.withMutableRow(row - rows.lowerBound) { values in
                    for (place, channel) in quantiser.channels.enumerated() {
                        values[channel] = plain[a, place] * (1 - share) + plain[b, place] * share
                    }
                }
            }
        }
        return out
    }

    /// Dense standardised motion, [rows, 58], of some rows (all, where not said) of at most `shape.window` frames of
    /// tokens; a token counts the rows of its group's table, which is that of all codes where not said.
    func inpaint(
        _ tokens: [Int], rows kept: Range<Int>? = nil, tables: [GroupQuantiser.Table]? = nil,
        _ workspace: inout TransformerWorkspace
    ) -> Matrix {
        let mask = KeyframeMask(tokens: tokens, groups: groups.count)
        let kept = kept ?? 0..<mask.frames
        var h = transitions(mask, &workspace)
        let keyRows = (0..<mask.frames).filter(mask.hasKey)
        if !keyRows.isEmpty {
            let keys = keyLatents(tokens, rows: keyRows, tables: tables, &workspace)
            for (place, row) in keyRows.enumerated() { h.addRow(place, of: keys, toRow: row) }
        }
        for row in 0..<mask.frames where !mask.hasKey(row) {
            h.withMutableRow(row) { values in
                for i in values.indices { values[i] += blank[i] }
            }
        }
        let line = line(tokens, mask, rows: 0..<mask.frames, tables: tables)
        lineFront.add(line, to: &h)
        decoderStack(&h, keeping: kept, &workspace)
        var dense = Matrix(rows: kept.count, columns: 58)
        decoderHead(h, into: &dense)
        dense.add(line.rows(kept))
        return dense
    }
}
