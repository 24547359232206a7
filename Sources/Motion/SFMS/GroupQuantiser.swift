import Inference

/// The quantiser of one channel group: a frame's channels to a code, and what each code stands for.
///
/// Quantising frame by frame keeps a keyframe's token independent of the window (spec §2.2.4). Both ways are a linear map
/// and a small correction.
struct GroupQuantiser: Sendable {
    /// How a code is found.
    enum Code: Sendable {
        case scalar(FiniteScalarQuantiser)
        case vector(VectorQuantiser)

        /// How many numbers a code has.
        var width: Int {
            switch self {
            case .scalar(let quantiser): quantiser.levels.count
            case .vector(let quantiser): quantiser.codebook.columns
            }
        }

        var count: Int {
            switch self {
            case .scalar(let quantiser): quantiser.count
            case .vector(let quantiser): quantiser.codebook.rows
            }
        }
    }

    /// What the networks make of codes, one row a code.
    struct Table: Sendable {
        /// The group's channels (standardised) that a code decodes to without context, [codes, channels].
        let plain: Matrix
        /// What the keyframe encoder reads of a code, [codes, width].
        let embedding: Matrix
    }

    /// The most codes of a group whose table is computed once, at load; of a finer group each window has its own.
    static let mostTabled = 4096
    private static let hidden = 64

    let channels: [Int]
    let code: Code
    /// Every code's row, or one of zeros where there are too many.
    private(set) var table: Table
    private let encodeLine: Linear
    private let encodeFirst: Linear
    private let encodeSecond: Linear
    private let decodeLine: Linear
    private let decodeFirst: Linear
    private let decodeSecond: Linear
    private let embed: Linear

    /// The quantiser stored as `quantisers.index.…` with its projection `key_embed.index`.
    init(
        _ source: some WeightSource, index: Int, channels: [Int], quantiser: SFMS.TokeniserShape.Quantiser, width: Int
    ) throws {
        self.channels = channels
        let prefix = "quantisers.\(index)"
        switch quantiser {
        case .scalar(let levels): code = .scalar(FiniteScalarQuantiser(levels: levels))
        case .vector(let codes, let dimensions):
            code = .vector(
                try VectorQuantiser(source, prefix + ".code.codebook", codes: codes, dimensions: dimensions))
        }
        let (count, numbers, hidden) = (channels.count, code.width, Self.hidden)
        encodeLine = try Linear(source, prefix + ".encode_skip", inputs: count, outputs: numbers)
        encodeFirst = try Linear(source, prefix + ".encode.0", inputs: count, outputs: hidden)
        encodeSecond = try Linear(source, prefix + ".encode.2", inputs: hidden, outputs: numbers)
        decodeLine = try Linear(source, prefix + ".decode_skip", inputs: numbers, outputs: count)
        decodeFirst = try Linear(source, prefix + ".decode.0", inputs: numbers, outputs: hidden)
        decodeSecond = try Linear(source, prefix + ".decode.2", inputs: hidden, outputs: count)
        embed = try Linear(source, "key_embed.\(index)", inputs: numbers, outputs: width)
        table = Table(plain: Matrix(rows: 1, columns: count), embedding: Matrix(rows: 1, columns: width))
        guard code.count <= Self.mostTabled else { return }
        switch code {
        case .scalar(let quantiser):
            var values = Matrix(rows: quantiser.count, columns: numbers)
            for code in 0..<quantiser.count { values.withMutableRow(code) { quantiser.decode(code, into: $0) } }
            table = self.table(of: values)
        case .vector(let quantiser):
            table = self.table(of: quantiser.codebook)
        }
    }

    /// The rows of codes by their values [codes, numbers].
    private func table(of values: Matrix) -> Table {
        var wide = values
        if case .scalar(let quantiser) = code { quantiser.unbound(&wide) }
        var plain = Matrix(rows: values.rows, columns: channels.count)
        through(decodeLine, decodeFirst, decodeSecond, wide, into: &plain)
        var embedding = Matrix(rows: values.rows, columns: embed.outputs)
        embed(values, into: &embedding)
        return Table(plain: plain, embedding: embedding)
    }

    /// The numbers of each row of standardised frames [T, 58] before rounding, [T, numbers].
    private func encoded(_ frames: Matrix) -> Matrix {
        var own = Matrix(rows: frames.rows, columns: channels.count)
        for row in 0..<frames.rows {
            for (place, channel) in channels.enumerated() { own[row, place] = frames[row, channel] }
        }
        var z = Matrix(rows: frames.rows, columns: code.width)
        through(encodeLine, encodeFirst, encodeSecond, own, into: &z)
        return z
    }

    /// The code of each row of standardised frames [T, 58], of a group that has a table.
    func codes(_ frames: Matrix) -> [Int] {
        let z = encoded(frames)
        return (0..<frames.rows).map { row in
            z.withRow(row) { numbers in
                switch code {
                case .scalar(let quantiser): quantiser.encode(numbers)
                case .vector(let quantiser): quantiser.nearest(to: numbers)
                }
            }
        }
    }

    /// A table whose row t is the code of frame t of standardised frames [T, 58].
    func table(ofFrames frames: Matrix) -> Table {
        var z = encoded(frames)
        switch code {
        case .scalar(let quantiser): quantiser.quantise(&z)
        case .vector(let quantiser):
            for row in 0..<z.rows {
                z.copyRow(z.withRow(row) { quantiser.nearest(to: $0) }, of: quantiser.codebook, toRow: row)
            }
        }
        return table(of: z)
    }

    /// line(x) + second(gelu(first(x)))
    private func through(_ line: Linear, _ first: Linear, _ second: Linear, _ x: Matrix, into out: inout Matrix) {
        var middle = Matrix(rows: x.rows, columns: first.outputs)
        first(x, into: &middle)
        Activation.gelu(&middle)
        line(x, into: &out)
        second.add(middle, to: &out)
    }
}

/// Vector quantisation: the nearest of a learned codebook's vectors (van den Oord et al., 2017).
struct VectorQuantiser: Sendable {
    /// [codes, numbers]
    let codebook: Matrix

    init(_ source: some WeightSource, _ name: String, codes: Int, dimensions: Int) throws {
        codebook = Matrix(columns: dimensions, try source.tensor(name, shape: [codes, dimensions]).values)
    }

    /// The nearest vector's place.
    func nearest(to z: UnsafeBufferPointer<Float>) -> Int {
        var best = (place: 0, distance: Float.infinity)
        for place in 0..<codebook.rows {
            let distance = codebook.withRow(place) { row in
                zip(row, z).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            if distance < best.distance { best = (place, distance) }
        }
        return best.place
    }
}
