import FaceKit

extension FaceBasis {
    /// The landmarks of a frame in the head's own axes, metres: the expression without the pose.
    public func shape(of frame: FaceFrame) -> LandmarkFrame {
        var result = neutral
        expression.withUnsafeBufferPointer { offsets in
            for shape in 0..<Blendshape.count {
                let amount = frame.coefficients[shape]
                if amount == 0 { continue }
                let base = shape * LandmarkFrame.count
                for i in 0..<LandmarkFrame.count { result.points[i] += amount * offsets[base + i] }
            }
        }
        return result
    }

    /// The landmarks of a frame, metres, head pose applied.
    public func landmarks(of frame: FaceFrame) -> LandmarkFrame {
        Self.posed(shape(of: frame), by: frame.head)
    }

    /// Landmarks in the head's own axes, turned and moved as the head is.
    public static func posed(_ shape: LandmarkFrame, by head: HeadPose) -> LandmarkFrame {
        let rotation = head.rotation
        let translation = head.translation
        var result = shape
        for i in 0..<LandmarkFrame.count { result.points[i] = rotation(shape.points[i]) + translation }
        return result
    }

    /// The canonical image of landmarks in metres: weak perspective, x to the viewer's right, y down, unit square.
    public func project(_ landmarks: LandmarkFrame) -> LandmarkFrame2D {
        var result = LandmarkFrame2D()
        for i in 0..<LandmarkFrame.count {
            result.points[i] = SIMD2(
                0.5 + imageScale * landmarks.points[i].x, 0.5 - imageScale * landmarks.points[i].y)
        }
        return result
    }

    /// The basis of a person, given standard deviations of the first identity components.
    public func with(identity amounts: [Float]) -> FaceBasis {
        var result = self
        for (component, amount) in amounts.prefix(identityCount).enumerated() {
            for i in 0..<LandmarkFrame.count {
                result.neutral[i] += amount * identity[component * LandmarkFrame.count + i]
            }
        }
        return result
    }

    /// The basis of a person whose neutral landmarks are known, in the head's own axes and metres.
    public func with(neutral: LandmarkFrame) -> FaceBasis {
        var result = self
        result.neutral = neutral
        return result
    }
}
