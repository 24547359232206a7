/// Mirror images: what a face becomes when left and right are swapped, as in a flipped video or a mirror.

extension Blendshape {
    /// The shape that this one becomes in the mirror; shapes without a side stay.
    public var mirrored: Blendshape { Self.allMirrored[rawValue] }

    private static let allMirrored: [Blendshape] = allCases.map { shape in
        let other =
            shape.name.hasSuffix("Left")
            ? shape.name.dropLast(4) + "Right"
            : shape.name.hasSuffix("Right") ? shape.name.dropLast(5) + "Left" : shape.name[...]
        return Blendshape(name: String(other)) ?? shape
    }
}

extension HeadPose {
    /// The pose in the mirror: yaw, roll and x change sign.
    public var mirrored: HeadPose { HeadPose(yaw: -yaw, pitch: pitch, roll: -roll, x: -x, y: y, z: z) }
}

extension FaceFrame {
    /// The face in the mirror.
    public var mirrored: FaceFrame {
        var result = FaceFrame(head: head.mirrored)
        for shape in Blendshape.allCases { result[shape.mirrored] = self[shape] }
        return result
    }
}

extension SensedChannels {
    /// The channels whose values are sensed in the mirror.
    public var mirrored: SensedChannels {
        Blendshape.allCases.reduce(into: subtracting(.allBlendshapes)) { result, shape in
            if contains(SensedChannels(shape)) { result.insert(SensedChannels(shape.mirrored)) }
        }
    }
}

extension PersonFrame {
    /// The person in the mirror; gaze regions 1 and 3 swap.
    public var mirrored: PersonFrame {
        var result = self
        result.face = face.mirrored
        result.sensed = sensed.mirrored
        if (1...3).contains(gazeRegion) { result.gazeRegion = 4 - gazeRegion }
        return result
    }
}

extension Track {
    /// The track in the mirror: for faces filmed through a mirror or by a flipped camera.
    public var mirrored: Track {
        var result = self
        result.channels = channels.mirrored
        result.frames = frames.map(\.mirrored)
        return result
    }
}
