import FaceKit
import Foundation
import Inference
import Testing

@testable import FaceFit

/// The shipped basis' weight file, found beside the sources.
let shippedBasisPath = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Models/face-basis.safetensors").path

func shippedBasis() throws -> FaceBasis { try FaceBasis(path: shippedBasisPath) }

/// Frames, their landmarks by numpy, and fits of noisy landmarks by scipy (`mien_training.facefit.golden`).
struct FaceFitGolden {
    let frames: [FaceFrame]
    let landmarks: [LandmarkFrame]
    let images: [LandmarkFrame2D]
    let noisyLandmarks: [LandmarkFrame]
    let noisyImages: [LandmarkFrame2D]
    let fitsOfImages: [FaceFrame]
    let fitsInSpace: [FaceFrame]

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "Golden/face-fit", withExtension: "safetensors"))
        let file = try WeightFile(path: url.path)
        frames = try Self.frames(file, "values")
        fitsOfImages = try Self.frames(file, "fit_of_image")
        fitsInSpace = try Self.frames(file, "fit_in_space")
        landmarks = try Self.landmarks(file, "landmarks")
        noisyLandmarks = try Self.landmarks(file, "noisy_landmarks")
        images = try Self.images(file, "image")
        noisyImages = try Self.images(file, "noisy_image")
    }

    private static func rows(_ file: WeightFile, _ name: String) throws -> [[Float]] {
        let tensor = try file.tensor(name)
        let width = tensor.count / tensor.shape[0]
        return tensor.values.indices.filter { $0.isMultiple(of: width) }.map { Array(tensor.values[$0..<$0 + width]) }
    }

    private static func frames(_ file: WeightFile, _ name: String) throws -> [FaceFrame] {
        try rows(file, name).map { row in
            var frame = FaceFrame(
                head: HeadPose(yaw: row[52], pitch: row[53], roll: row[54], x: row[55], y: row[56], z: row[57]))
            for k in 0..<52 { frame.coefficients[k] = row[k] }
            return frame
        }
    }

    private static func landmarks(_ file: WeightFile, _ name: String) throws -> [LandmarkFrame] {
        try rows(file, name).map { row in
            var result = LandmarkFrame()
            for i in 0..<LandmarkFrame.count { result[i] = SIMD3(row[3 * i], row[3 * i + 1], row[3 * i + 2]) }
            return result
        }
    }

    private static func images(_ file: WeightFile, _ name: String) throws -> [LandmarkFrame2D] {
        try rows(file, name).map { row in
            var result = LandmarkFrame2D()
            for i in 0..<LandmarkFrame.count { result[i] = SIMD2(row[2 * i], row[2 * i + 1]) }
            return result
        }
    }
}

/// Largest differences between two frames.
struct FrameDifference {
    var coefficients: Float = 0
    var meanCoefficient: Float = 0
    var angle: Float = 0
    var position: Float = 0

    init(_ a: FaceFrame, _ b: FaceFrame, depth: Bool) {
        for k in 0..<52 {
            let difference = abs(a.coefficients[k] - b.coefficients[k])
            coefficients = max(coefficients, difference)
            meanCoefficient += difference / 52
        }
        angle = max(
            abs(a.head.yaw - b.head.yaw), abs(a.head.pitch - b.head.pitch), abs(a.head.roll - b.head.roll))
        position = max(abs(a.head.x - b.head.x), abs(a.head.y - b.head.y), depth ? abs(a.head.z - b.head.z) : 0)
    }
}
