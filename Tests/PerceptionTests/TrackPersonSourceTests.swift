import FaceKit
import Perception
import Testing

@Suite struct TrackPersons {
    /// Frames at 0.4, 0.44, … 0.6 s and from 1.6 to 1.8 s, whose yaw is the time.
    private let track = Track(
        frames: (Array(10...15) + Array(40...45)).map { (index: Int) in
            var frame = PersonFrame(time: Double(index) / 25)
            frame.sense(.headYaw, Float(index) / 25)
            return frame
        })

    @Test func isThereOnlyWhileTheTrackSaysSo() {
        var source = TrackPersonSource(track)
        let present = (0..<60).filter { source.frame(at: Double($0) / 25) != nil }
        #expect(present == Array(10...15) + Array(40...45))
    }

    @Test func playsTheTrackByItsTimes() throws {
        var source = TrackPersonSource(track)
        let found = source.frame(at: 0.46)
        let between = try #require(found)
        #expect(between.time == 0.46)
        #expect(abs(between.face.head.yaw - 0.46) < 1e-6)
    }

    @Test func startsAgainOneFrameAfterTheEnd() throws {
        var source = TrackPersonSource(track, loops: true)
        for round in 0..<3 {
            let offset = Double(round * 46) / 25
            let present = (0..<46).filter { source.frame(at: offset + Double($0) / 25) != nil }
            #expect(present == Array(10...15) + Array(40...45))
        }
        let found = source.frame(at: Double(46 + 12) / 25)
        let again = try #require(found)
        #expect(abs(again.face.head.yaw - 0.48) < 1e-5)
    }

    @Test func givesTheSameFramesTwice() {
        func play() -> [PersonFrame?] {
            var source = TrackPersonSource(track)
            return (0..<200).map { source.frame(at: Double($0) * 0.0123) }
        }
        let (first, second) = (play(), play())
        #expect(first.map { $0?.face.head } == second.map { $0?.face.head })
    }

    @Test func nobodyIsThereWithoutASource() {
        var source = AbsentPerson()
        #expect(source.frame(at: 0) == nil)
    }
}
