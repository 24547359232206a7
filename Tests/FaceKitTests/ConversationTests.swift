import FaceKit
import Foundation
import Testing

/// The track that ships with Mien, checked for what its README promises.
@Suite struct Conversation {
    private let track: Track

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        track = try TrackFile.read(root.appending(path: "Tracks/conversation.csv").path)
    }

    private func values(_ column: TrackColumn) -> [Float] { track.frames.compactMap { $0.value(column) } }

    @Test func lastsTwoMinutesAt25FramesASecond() {
        #expect(track.frames.count == 3100)
        #expect(track.frames.indices.allSatisfy { track.frames[$0].time == Double($0) / 25 })
        #expect(track.clampedValues == 0)
    }

    @Test func hasSomebodyComeLeaveAndReturn() {
        let changes = zip(track.frames.dropFirst(), track.frames).filter { $0.isPresent != $1.isPresent }
        #expect(changes.map { $0.0.time } == [1.6, 108.4, 114.8])
    }

    @Test func talksSmilesNodsAndTurnsAway() throws {
        #expect(values(TrackColumn(.jawOpen)).max() ?? 0 > 0.3)
        #expect(values(TrackColumn(.mouthSmileLeft)).max() ?? 0 > 0.6)
        #expect(values(.headYaw).map(abs).max() ?? 0 > 0.6)
        #expect(Set(values(.gazeRegion)) == [1, 2, 3])
        let smile = values(TrackColumn(.mouthSmileLeft))
        let cheek = values(TrackColumn(.cheekSquintLeft))
        #expect(zip(smile, cheek).allSatisfy { $0 < 0.4 || $1 > 0.1 })
    }

    @Test func movesAsMuchAsPeopleInVideoCallsDo() {
        let energy = values(.motionEnergy).sorted()
        #expect((900...1100).contains(energy[energy.count / 2]))
        #expect((7200...8800).contains(energy[energy.count * 95 / 100]))
    }
}
