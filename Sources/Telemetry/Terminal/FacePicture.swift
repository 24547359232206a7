import FaceKit

/// The face as a viewer sees it, drawn from its 68 landmarks: jaw line, brows, nose, eyes and lips.
public enum FacePicture {
    /// The polylines of the iBUG order; closed ones return to their first point.
    static let strokes: [(points: ClosedRange<Int>, isClosed: Bool)] = [
        (0...16, false), (17...21, false), (22...26, false), (27...30, false), (31...35, false),
        (36...41, true), (42...47, true), (48...59, true), (60...67, true),
    ]

    /// Draws a face in metres (`HeadPose` axes) into a canvas; `height` metres fill it from top to bottom.
    public static func draw(_ face: borrowing LandmarkFrame, into canvas: inout BrailleCanvas, height: Float = 0.22) {
        let scale = Float(canvas.height) / height
        let centre = SIMD2(Float(canvas.width) / 2, Float(canvas.height) / 2)
        let points = face.points
        func dot(_ index: Int) -> SIMD2<Float> {
            SIMD2(centre.x + points[index].x * scale, centre.y - points[index].y * scale)
        }
        for stroke in strokes {
            for index in stroke.points.dropLast() { canvas.line(from: dot(index), to: dot(index + 1)) }
            if stroke.isClosed { canvas.line(from: dot(stroke.points.upperBound), to: dot(stroke.points.lowerBound)) }
        }
    }
}
