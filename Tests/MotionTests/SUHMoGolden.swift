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

    /// Steps an idler beside a recorded run, which holds every fourth point of each frame.
    static func expect(
        _ idler: inout some SUHMo.IdlingFace, follows run: WeightTensor, within tolerance: Float
    ) throws {
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
        #expect(largest <= tolerance, "landmarks are off by up to \(largest)")
    }

    /// Compares what each block makes of the golden inputs, but for the named outputs.
    static func expectBlocks(
        of network: SUHMo.Network, _ name: String, within tolerance: Float, except left: Set<String> = []
    ) throws {
        let golden = try file(name)
        func matrix(_ name: String) throws -> Matrix {
            let tensor = try golden.tensor(name)
            return Matrix(columns: tensor.shape[1], tensor.values)
        }
        func expect(_ found: Matrix, _ name: String) throws {
            if left.contains(name) { return }
            let expected = try matrix(name)
            #expect(found.columns == expected.columns && found.rows == expected.rows)
            let error = relativeError(found.values, expected.values)
            #expect(error <= tolerance, "\(name) is off by \(error)")
        }
        var state = try network.start(x: matrix("x"), v: matrix("v"))
        try expect(state.cell.hidden, "start.h")
        try expect(state.cell.cell, "start.c")
        try expect(state.pooled, "start.p")
        network.step(&state)
        try expect(state.cell.hidden, "lstm.h")
        try expect(state.cell.cell, "lstm.c")
        try expect(state.v, "velocity")
        try expect(state.x, "step.x")
        try expect(state.pooled, "step.p")
        for _ in 0..<9 { network.step(&state) }
        try expect(state.x, "ten.x")
        try expect(state.v, "ten.v")
        try expect(state.cell.hidden, "ten.h")
    }
}
