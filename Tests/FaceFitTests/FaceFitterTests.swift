import CAllocationCounter
import FaceKit
import Testing

@testable import FaceFit

@Test func aFitOfAnImageIsTheOptimumThatScipyFinds() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for (image, expected) in zip(golden.noisyImages, golden.fitsOfImages) {
        let difference = FrameDifference(try fitter.fit(image), expected, depth: false)
        #expect(difference.coefficients < 5e-3)
        #expect(difference.angle < 1e-3)
        #expect(difference.position < 1e-4)
    }
}

@Test func aFitInSpaceIsTheOptimumThatScipyFinds() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for (landmarks, expected) in zip(golden.noisyLandmarks, golden.fitsInSpace) {
        let difference = FrameDifference(try fitter.fit(landmarks), expected, depth: true)
        #expect(difference.coefficients < 5e-3)
        #expect(difference.angle < 1e-3)
        #expect(difference.position < 1e-4)
    }
}

@Test func framesSurviveTheWayThroughLandmarksAndBack() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for (frame, landmarks) in zip(golden.frames, golden.landmarks) {
        let difference = FrameDifference(try fitter.fit(landmarks), frame, depth: true)
        #expect(difference.angle < 0.02)
        #expect(difference.position < 0.001)
        #expect(difference.meanCoefficient < 0.06)
        #expect(fitter.residual < 0.001)
    }
}

@Test func aFitThatExpectsExactLandmarksReturnsTheFrame() throws {
    let golden = try FaceFitGolden()
    var options = FaceFitter.Options()
    options.landmarkError = 1e-6
    options.mostSteps = 30
    var fitter = FaceFitter(basis: try shippedBasis(), options: options)
    for (frame, landmarks) in zip(golden.frames, golden.landmarks) {
        let difference = FrameDifference(try fitter.fit(landmarks), frame, depth: true)
        #expect(difference.coefficients < 0.01)
        #expect(difference.angle < 1e-3)
        #expect(difference.position < 1e-4)
    }
}

@Test func framesSurviveTheWayThroughAnImageAndBack() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for (frame, image) in zip(golden.frames, golden.images) {
        let difference = FrameDifference(try fitter.fit(image), frame, depth: false)
        #expect(difference.angle < 0.03)
        #expect(difference.position < 0.002)
        #expect(difference.meanCoefficient < 0.06)
        #expect(fitter.residual < 0.001)
    }
}

@Test func whatPointsCannotShowStaysZero() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for image in golden.noisyImages {
        let frame = try fitter.fit(image)
        for shape in fitter.basis.excluded { #expect(frame[shape] == 0) }
        for k in 0..<52 { #expect(frame.coefficients[k] >= 0 && frame.coefficients[k] <= 1) }
    }
}

@Test func aMirroredFaceHasTheMirroredFit() throws {
    let golden = try FaceFitGolden()
    let basis = try shippedBasis()
    for image in golden.noisyImages {
        var flipped = LandmarkFrame2D()
        for i in 0..<LandmarkFrame.count {
            let source = image[LandmarkFrame2D.mirrored[i]]
            flipped[i] = SIMD2(1 - source.x, source.y)
        }
        var fitter = FaceFitter(basis: basis)
        let straight = try fitter.fit(image)
        fitter.reset()
        let mirrored = try fitter.fit(flipped)
        #expect(abs(straight.head.yaw + mirrored.head.yaw) < 0.01)
        #expect(abs(straight.head.pitch - mirrored.head.pitch) < 0.01)
        #expect(abs(straight[.mouthSmileLeft] - mirrored[.mouthSmileRight]) < 0.05)
        #expect(abs(straight[.browDownRight] - mirrored[.browDownLeft]) < 0.05)
    }
}

@Test func aLandmarkThatIsNotFiniteIsNamed() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    var image = golden.images[0]
    image[17].y = .nan
    #expect(throws: FaceFitter.Error.notFinite(landmark: 17)) { try fitter.fit(image) }
    var landmarks = golden.landmarks[0]
    landmarks[3].z = .infinity
    #expect(throws: FaceFitter.Error.notFinite(landmark: 3)) { try fitter.fit(landmarks) }
}

@Test func pointsOnOneSpotOrOneLineHaveNoPose() throws {
    var fitter = FaceFitter(basis: try shippedBasis())
    #expect(throws: FaceFitter.Error.degenerate) { try fitter.fit(LandmarkFrame2D()) }
    #expect(throws: FaceFitter.Error.degenerate) { try fitter.fit(LandmarkFrame()) }
    var line = LandmarkFrame2D()
    var rod = LandmarkFrame()
    for i in 0..<LandmarkFrame.count {
        line[i] = SIMD2(Float(i) / 100, 0.5)
        rod[i] = SIMD3(Float(i) / 100, 0, 0)
    }
    #expect(throws: FaceFitter.Error.degenerate) { try fitter.fit(line) }
    #expect(throws: FaceFitter.Error.degenerate) { try fitter.fit(rod) }
}

@Test func aFitterGoesOnAfterBadLandmarks() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    let before = try fitter.fit(golden.noisyImages[0])
    _ = try? fitter.fit(LandmarkFrame2D())
    var broken = golden.noisyImages[0]
    broken[0].x = .infinity
    _ = try? fitter.fit(broken)
    let difference = FrameDifference(try fitter.fit(golden.noisyImages[0]), before, depth: false)
    #expect(difference.coefficients < 5e-3 && difference.angle < 1e-3)
}

@Test func hugeAndTinyCoordinatesEndInAFrameOrAnError() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for factor: Float in [1e-30, 1e-9, 1e9, 1e30, 3e38] {
        var image = golden.images[1]
        for i in 0..<LandmarkFrame.count { image[i] = (image[i] - 0.5) * factor }
        if let frame = try? fitter.fit(image) { #expect(frame.isFinite) }
        var landmarks = golden.landmarks[1]
        for i in 0..<LandmarkFrame.count { landmarks[i] *= factor }
        if let frame = try? fitter.fit(landmarks) { #expect(frame.isFinite) }
    }
}

@Test func aFaceOfAnotherSizeHasTheSamePoseAndExpression() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    for (landmarks, expected) in zip(golden.noisyLandmarks, golden.fitsInSpace).prefix(4) {
        var larger = landmarks
        for i in 0..<LandmarkFrame.count { larger[i] *= 1.2 }
        let found = try fitter.fit(larger)
        #expect(abs(found[.jawOpen] - expected[.jawOpen]) < 0.01)
        #expect(abs(found.head.yaw - expected.head.yaw) < 2e-3)
        #expect(abs(found.head.x - 1.2 * expected.head.x) < 2e-4)
    }
}

@Test func calibrationFindsAPersonsNeutralFace() throws {
    let basis = try shippedBasis()
    let person = basis.with(identity: [1, -1.5, 0.8, -0.5, 1.2])
    var rest: [LandmarkFrame2D] = []
    for k in 0..<12 {
        let turned = FaceFrame(head: HeadPose(yaw: 0.03 * Float(k - 6), pitch: 0.02 * Float(k % 5 - 2)))
        rest.append(person.project(person.landmarks(of: turned)))
    }
    var frame = FaceFrame(head: HeadPose(yaw: 0.1))
    frame[.mouthSmileLeft] = 0.6
    frame[.mouthSmileRight] = 0.6
    let image = person.project(person.landmarks(of: frame))

    var stranger = FaceFitter(basis: basis)
    let before = FrameDifference(try stranger.fit(image), frame, depth: false)
    var fitter = FaceFitter(basis: basis)
    try fitter.calibrateNeutral(images: rest)
    let after = FrameDifference(try fitter.fit(image), frame, depth: false)
    #expect(after.meanCoefficient < 0.02)
    #expect(after.meanCoefficient < before.meanCoefficient / 2)
    #expect(after.angle < 0.06)
}

@Test func calibrationNeedsAFrame() throws {
    var fitter = FaceFitter(basis: try shippedBasis())
    #expect(throws: FaceFitter.Error.noFrames) { try fitter.calibrateNeutral(images: []) }
}

@Test func aFitAllocatesNothingAfterTheFirst() throws {
    let golden = try FaceFitGolden()
    var fitter = FaceFitter(basis: try shippedBasis())
    _ = try fitter.fit(golden.noisyImages[0])
    _ = try fitter.fit(golden.noisyLandmarks[0])
    let before = mien_allocation_count()
    for i in 1..<5 {
        _ = try fitter.fit(golden.noisyImages[i])
        _ = try fitter.fit(golden.noisyLandmarks[i])
    }
    #expect(mien_allocation_count() - before == 0)
}
