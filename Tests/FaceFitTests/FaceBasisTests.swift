import FaceKit
import Foundation
import Inference
import Testing

@testable import FaceFit

@Test func theBasisPlacesLandmarksWhereNumpyDoes() throws {
    let golden = try FaceFitGolden()
    let basis = try shippedBasis()
    for (frame, expected) in zip(golden.frames, golden.landmarks) {
        let found = basis.landmarks(of: frame)
        for i in 0..<LandmarkFrame.count {
            let error = found[i] - expected[i]
            #expect((error * error).sum().squareRoot() < 1e-6)
        }
    }
}

@Test func theBasisProjectsLandmarksAsNumpyDoes() throws {
    let golden = try FaceFitGolden()
    let basis = try shippedBasis()
    for (landmarks, expected) in zip(golden.landmarks, golden.images) {
        let found = basis.project(landmarks)
        for i in 0..<LandmarkFrame.count {
            #expect(abs(found[i].x - expected[i].x) < 1e-6 && abs(found[i].y - expected[i].y) < 1e-6)
        }
    }
}

@Test func theNeutralFaceIsUprightAndOfHumanSize() throws {
    let neutral = try shippedBasis().neutral
    let eyes = neutral[45] - neutral[36]
    #expect(eyes.x > 0.08 && eyes.x < 0.10, "outer eye corners are about 9 cm apart, the left one at larger x")
    #expect(neutral[27].y > neutral[57].y, "the nose is above the mouth")
    #expect(neutral[30].z > neutral[36].z, "the nose tip is in front of the eyes")
}

@Test func aLeftSmileMovesTheLeftLipCornerUp() throws {
    let basis = try shippedBasis()
    var frame = FaceFrame.neutral
    frame[.mouthSmileLeft] = 1
    let smile = basis.shape(of: frame)
    #expect(smile[54].y - basis.neutral[54].y > 0.005)
    #expect(abs(smile[48].y - basis.neutral[48].y) < 0.001)
}

@Test func whatPointsCannotShowIsExcluded() throws {
    let basis = try shippedBasis()
    for shape in [Blendshape.eyeLookInLeft, .eyeLookUpRight, .tongueOut, .cheekPuff] {
        #expect(basis.excluded.contains(shape))
    }
    #expect(basis.observable.count + basis.excluded.count == 52)
    #expect(basis.observable.contains(.mouthSmileLeft) && basis.observable.contains(.eyeBlinkRight))
}

/// The shipped weight file with one run of bytes replaced by another of the same length.
private func basisWith(_ original: String, _ replacement: String) throws -> FaceBasis {
    try #require(original.utf8.count == replacement.utf8.count)
    var data = try Data(contentsOf: URL(fileURLWithPath: shippedBasisPath))
    let range = try #require(data.range(of: Data(original.utf8)))
    data.replaceSubrange(range, with: Data(replacement.utf8))
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try FaceBasis(path: url.path)
}

@Test(arguments: [
    ("\"face-basis\"", "\"suhmo-lstm\""),
    ("[\\\"eyeBlinkLeft", "[\\\"eyeBlinkLegt"),
    ("[\\\"eyeLookDownLeft", "[\\\"eyeLookDownLegt"),
    ("[\\\"eyeLookDownLeft", "{\\\"eyeLookDownLeft"),
    ("image_scale_per_metre\":\"2.5\"", "image_scale_per_metre\":\"0.0\""),
    ("image_scale_per_metre\":\"2.5\"", "image_scale_per_metre\":\"nan\""),
    ("image_scale_per_metre\":\"2.5\"", "image_scale_per_metre\":\"9e9\""),
    ("image_scale_per_metre\":\"2.5\"", "image_scale_per_metre\":\"1e-\""),
    ("mouthPressRight\\\", \\\"cheekPuff", "mouthPressLeft\\\",  \\\"cheekPuff"),
    ("\"identity\"", "\"identita\""),
    ("[52,68,3]", "[68,52,3]"),
])
func aBrokenBasisIsRefused(original: String, replacement: String) throws {
    do {
        _ = try basisWith(original, replacement)
        Issue.record("\(replacement) was taken")
    } catch let error as FaceBasis.Error {
        #expect(error.description.contains(".safetensors: "))
    } catch let error as WeightFile.Error {
        #expect(error.description.contains(".safetensors: "))
    }
}

@Test func aMissingFileIsRefused() {
    #expect(throws: WeightFile.Error.self) { try FaceBasis(path: "/nonexistent/basis.safetensors") }
}
