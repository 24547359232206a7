import FaceKit
import Testing

@Suite struct Vocabulary {
    /// The order as `spec/protocols.md` §2.1 prints it.
    private static let order = """
        eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft \
        eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight eyeWideRight \
        jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel mouthPucker mouthLeft mouthRight mouthSmileLeft \
        mouthSmileRight mouthFrownLeft mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft \
        mouthStretchRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft mouthPressRight \
        mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight browDownLeft browDownRight \
        browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft \
        noseSneerRight tongueOut
        """

    @Test func blendshapesStandInApplesOrder() {
        #expect(Blendshape.names == Self.order.split(separator: " ").map(String.init))
        #expect(Blendshape.jawOpen.rawValue == 17)
        #expect(Blendshape(name: "JAWOPEN") == .jawOpen)
        #expect(Blendshape(name: "jaw") == nil)
    }

    @Test func channelsAreShapesThenHeadThenDistances() throws {
        #expect(FaceChannel.names.count == FaceChannels.count)
        #expect(Set(FaceChannel.names).count == FaceChannels.count)
        #expect(FaceChannel(name: "eyeBlinkLeft")?.rawValue == 0)
        #expect(FaceChannel(name: "head_yaw_rad")?.rawValue == 52)
        #expect(FaceChannel(name: "head_z_m")?.rawValue == 57)
        #expect(FaceChannel(name: "lid_gap_left")?.rawValue == 58)
        #expect(FaceChannel(name: "brow_inner_raise_right")?.rawValue == 63)
        #expect(FaceChannel(name: "jaw_shift")?.rawValue == 71)
        #expect(FaceChannel(name: "mouth") == nil)
        #expect(FaceChannel(rawValue: 72) == nil)
    }

    @Test func channelsOfAFrameCarryEveryNumber() throws {
        var face = FaceFrame(head: HeadPose(yaw: 1, pitch: 2, roll: 3, x: 4, y: 5, z: 6))
        face[.tongueOut] = 0.5
        var distances = InlineArray<14, Float>(repeating: 0)
        distances[LandmarkDistance.mouthGap.rawValue] = 0.25
        let channels = FaceChannels(face, distances: distances)
        #expect(channels[FaceChannel(.tongueOut)] == 0.5)
        #expect(channels[FaceChannel(.mouthGap)] == 0.25)
        for (name, value) in zip(FaceChannel.headNames, [1, 2, 3, 4, 5, 6] as [Float]) {
            let channel = try #require(FaceChannel(name: name))
            #expect(channels[channel] == value)
        }
    }

    @Test func columnsAndSensedBitsAgree() {
        #expect(TrackColumn.names.count == 62)
        #expect(TrackColumn.all.map(\.name) == TrackColumn.names)
        #expect(SensedChannels(TrackColumn.headYaw) == .headYaw)
        #expect(SensedChannels(TrackColumn.headZ) == .headZ)
        #expect(SensedChannels(TrackColumn.motionEnergy) == .motionEnergy)
        #expect(SensedChannels(TrackColumn.gazeRegion) == .gazeRegion)
        #expect(SensedChannels(TrackColumn.voice) == .voice)
        #expect(SensedChannels(TrackColumn.voicePitch) == .voicePitch)
        #expect(SensedChannels.allBlendshapes.columns.map(\.name) == Blendshape.names)
        var person = PersonFrame()
        for column in TrackColumn.all { person.sense(column, Float(column.rawValue)) }
        #expect(TrackColumn.all.allSatisfy { person.value($0) == Float($0.rawValue) })
        #expect(person.face.head == HeadPose(yaw: 52, pitch: 53, roll: 54, x: 55, y: 56, z: 57))
    }

    @Test func aFrameKnowsWhetherItIsFinite() {
        #expect(FaceFrame.neutral.isFinite)
        var face = FaceFrame.neutral
        face[.jawOpen] = .infinity
        #expect(!face.isFinite)
        face = .neutral
        face.head.z = .nan
        #expect(!face.isFinite)
    }
}

@Suite struct Mirrors {
    @Test func landmarksMirrorToTheirPartnerAndBack() {
        let mirrored = LandmarkFrame2D.mirrored
        #expect(mirrored.count == 68)
        #expect(mirrored.indices.allSatisfy { mirrored[mirrored[$0]] == $0 })
        // iBUG: the midline of nose bridge, nose tip, chin and lips stays; corners of eyes and mouth swap.
        for middle in [8, 27, 28, 29, 30, 33, 51, 57, 62, 66] { #expect(mirrored[middle] == middle) }
        for (right, left) in [(36, 45), (39, 42), (37, 44), (41, 46), (48, 54), (60, 64), (17, 26), (21, 22), (0, 16)] {
            #expect(mirrored[right] == left)
        }
    }

    @Test func shapesMirrorByName() {
        #expect(Blendshape.mouthSmileLeft.mirrored == .mouthSmileRight)
        #expect(Blendshape.eyeLookInRight.mirrored == .eyeLookInLeft)
        #expect(Blendshape.jawRight.mirrored == .jawLeft)
        #expect(Blendshape.browInnerUp.mirrored == .browInnerUp)
        #expect(Blendshape.allCases.allSatisfy { $0.mirrored.mirrored == $0 })
        #expect(Blendshape.allCases.filter { $0.mirrored == $0 }.count == 12)
    }

    @Test func aPersonMirrorsWhole() {
        var person = PersonFrame(time: 1)
        person.sense(TrackColumn(.jawLeft), 0.5)
        person.sense(.headYaw, 0.1)
        person.sense(.headPitch, 0.2)
        person.sense(.headRoll, 0.3)
        person.sense(.headX, 0.4)
        person.sense(.gazeRegion, 1)
        let mirrored = person.mirrored
        #expect(mirrored.value(TrackColumn(.jawRight)) == 0.5)
        #expect(mirrored.value(TrackColumn(.jawLeft)) == nil)
        #expect(mirrored.face.head == HeadPose(yaw: -0.1, pitch: 0.2, roll: -0.3, x: -0.4))
        #expect(mirrored.value(.gazeRegion) == 3)
    }
}
