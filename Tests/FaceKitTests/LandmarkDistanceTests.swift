import FaceKit
import Foundation
import Testing

@Suite struct LandmarkDistances {
    /// A face drawn on squared paper: x to the subject's left, y up, outer eye corners 4 apart.
    private static let face: [Int: SIMD2<Float>] = [
        36: [-2, 1], 37: [-1.75, 1.25], 38: [-1.25, 1.25], 39: [-1, 1], 40: [-1.25, 0.75], 41: [-1.75, 0.75],
        42: [1, 1], 43: [1.25, 1.5], 44: [1.75, 1.5], 45: [2, 1], 46: [1.75, 0.75], 47: [1.25, 0.75],
        19: [-1.5, 2], 21: [-0.75, 1.75], 22: [0.75, 2], 24: [1.5, 2.5],
        33: [0, -0.5], 48: [-1, -1.5], 54: [1, -1.25], 51: [0, -1], 57: [0, -2], 62: [0, -1.25], 66: [0, -1.75],
        8: [0.25, -3],
    ]
    /// Worked out by hand from the drawing, in units of 4.
    private static let expected: [LandmarkDistance: Float] = [
        .lidGapLeft: 0.75 / 4, .lidGapRight: 0.5 / 4, .browRaiseLeft: 1.5 / 4, .browRaiseRight: 1.0 / 4,
        .browInnerRaiseLeft: 1.0 / 4, .browInnerRaiseRight: 0.75 / 4, .mouthGap: 0.5 / 4,
        .mouthWidth: Float(4.0625).squareRoot() / 4, .lipCornerRaiseLeft: 0.25 / 4, .lipCornerRaiseRight: 0,
        .upperLipRaise: -0.5 / 4, .lowerLipDrop: 1.5 / 4, .jawDrop: 2.5 / 4, .jawShift: 0.25 / 4,
    ]

    private func compare(_ found: InlineArray<14, Float>) {
        for distance in LandmarkDistance.allCases {
            let difference = found[distance.rawValue] - (Self.expected[distance] ?? .nan)
            #expect(abs(difference) < 1e-6, "\(distance.name)")
        }
    }

    @Test func measuresADrawnFaceInThreeDimensions() {
        var frame = LandmarkFrame()
        for (index, point) in Self.face { frame[index] = [point.x, point.y, 0.3] }
        compare(LandmarkDistance.measure(frame))
    }

    @Test func measuresTheSameInAnImageOfAnySizeAndTilt() {
        for (scale, tilt) in [(Float(0.1), Float(0)), (0.02, 0.5), (0.07, -0.8)] {
            var frame = LandmarkFrame2D()
            for (index, point) in Self.face {
                // The image's y runs down; then the whole image is turned.
                let (x, y) = (scale * point.x, -scale * point.y)
                frame[index] = [0.5 + cos(tilt) * x - sin(tilt) * y, 0.4 + sin(tilt) * x + cos(tilt) * y]
            }
            compare(LandmarkDistance.measure(frame))
        }
    }

    @Test func givesZerosForPointsThatAreAllOne() {
        let distances = LandmarkDistance.measure(LandmarkFrame())
        #expect(LandmarkDistance.allCases.allSatisfy { distances[$0.rawValue] == 0 })
    }
}
