import FaceKit
import Testing

@testable import Behaviour

@Suite struct ListeningMixerTests {
    private func channels(_ value: Float) -> FaceChannels { FaceChannels(values: .init(repeating: value)) }

    private func mixed(_ mixer: inout ListeningMixer, frames: Int, present: Bool) -> [Float] {
        (0..<frames).map { _ in
            mixer.mix(idle: channels(0), listening: channels(1), personIsPresent: present).values[0]
        }
    }

    @Test func aPersonEasesTheListenerInWithoutAJump() {
        var mixer = ListeningMixer(frameRate: 25)
        let values = mixed(&mixer, frames: 25, present: true)
        // 0.8 s at 25 fps are 20 frames; the steepest slope of a minimum-jerk curve is 15/8 of its mean slope.
        #expect(zip([0] + values, values).allSatisfy { $1 - $0 <= 1.875 / 20 + 1e-5 && $1 >= $0 })
        #expect(values[18] < 1)
        #expect(values[20] == 1)
    }

    @Test func aTrackersShortDropOutIsNotSeen() {
        var mixer = ListeningMixer(frameRate: 25)
        _ = mixed(&mixer, frames: 30, present: true)
        let during = mixed(&mixer, frames: 10, present: false)
        #expect(during.allSatisfy { $0 == 1 })
    }

    @Test func aPersonWhoLeavesEasesTheIdlerBackIn() {
        var mixer = ListeningMixer(frameRate: 25)
        _ = mixed(&mixer, frames: 30, present: true)
        let values = mixed(&mixer, frames: 60, present: false)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 - $1 <= 1.875 / 40 + 1e-5 && $1 <= $0 })
        #expect(values.last == 0)
        #expect(mixer.weight == 0)
    }

    @Test func aBrokenListenerDoesNotTouchAFaceThatIdles() {
        var mixer = ListeningMixer(frameRate: 25)
        let idling = mixer.mix(idle: channels(0.5), listening: channels(.nan), personIsPresent: false)
        #expect(idling.values[0] == 0.5)
    }

    @Test func nobodyMeansIdling() {
        var mixer = ListeningMixer(frameRate: 25)
        #expect(mixed(&mixer, frames: 10, present: false).allSatisfy { $0 == 0 })
    }
}
