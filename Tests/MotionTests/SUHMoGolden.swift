import FaceFit
import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// What the SUHMo tests compare with.
enum SUHMoGolden {
    /// The folder of shipped models.
    static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Models").standardizedFileURL.path

    static func file(_ name: String) throws -> WeightFile {
        try WeightFile(path: Bundle.module.bundlePath + "/Golden/\(name).safetensors")
    }

    static func basis() throws -> FaceBasis { try FaceBasis(path: models + "/face-basis.safetensors") }

    static func neutral() throws -> LandmarkFrame2D {
        let basis = try basis()
        return basis.project(basis.landmarks(of: .neutral))
    }

    /// `reference` of golden.py: 68 points by the same arithmetic.
    static func reference() -> LandmarkFrame2D {
        var frame = LandmarkFrame2D()
        for i in 0..<LandmarkFrame.count {
            let n = Float(i)
            frame[i] = SIMD2(
                0.3 + 0.4 * (n * 13).truncatingRemainder(dividingBy: 68) / 68,
                0.3 + 0.4 * (n * 29).truncatingRemainder(dividingBy: 68) / 68)
        }
        return frame
    }

    /// max|Δ| / max|y|
    static func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
        let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        return difference / (expected.map(abs).max() ?? 1)
    }

    /// How far an idler gets from a recorded run, which holds every fourth point of each frame; infinite where it is not
    /// finite.
    static func distance(of idler: inout some SUHMo.IdlingFace, from run: WeightTensor) -> Float {
        let expected = run.values
        let width = run.shape[1]
        var largest: Float = 0
        for frame in 0..<run.shape[0] {
            let made = idler.next()
            for column in 0..<width {
                let found = made[4 * (column / 2)][column % 2]
                largest = max(largest, abs(found - expected[frame * width + column]))
                if !found.isFinite { largest = .infinity }
            }
        }
        return largest
    }

    /// The relative error of what each block makes of the golden inputs, of those that are off by more than a tolerance;
    /// infinite where the shape is another.
    static func blocks(
        of network: SUHMo.Network, off name: String, by tolerance: Float, except left: Set<String> = []
    ) throws -> [String: Float] {
        let golden = try file(name)
        func matrix(_ name: String) throws -> Matrix {
            let tensor = try golden.tensor(name)
            return Matrix(columns: tensor.shape[1], tensor.values)
        }
        var off: [String: Float] = [:]
        func compare(_ found: Matrix, _ name: String) throws {
            if left.contains(name) { return }
            let expected = try matrix(name)
            let isAlike = found.columns == expected.columns && found.rows == expected.rows
            let error = isAlike ? relativeError(found.values, expected.values) : .infinity
            if !(error <= tolerance) { off[name] = error }
        }
        var state = try network.start(x: matrix("x"), v: matrix("v"))
        try compare(state.cell.hidden, "start.h")
        try compare(state.cell.cell, "start.c")
        try compare(state.pooled, "start.p")
        network.step(&state)
        try compare(state.cell.hidden, "lstm.h")
        try compare(state.cell.cell, "lstm.c")
        try compare(state.v, "velocity")
        try compare(state.x, "step.x")
        try compare(state.pooled, "step.p")
        for _ in 0..<9 { network.step(&state) }
        try compare(state.x, "ten.x")
        try compare(state.v, "ten.v")
        try compare(state.cell.hidden, "ten.h")
        return off
    }
}
