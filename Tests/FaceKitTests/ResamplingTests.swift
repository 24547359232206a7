import FaceKit
import Testing

@Suite struct Resampling {
    private func track(_ times: [Double], _ values: [Float?], column: TrackColumn = .headYaw) -> Track {
        Track(
            frames: zip(times, values).map { time, value in
                var frame = PersonFrame(time: time)
                if let value { frame.sense(column, value) }
                return frame
            }, channels: SensedChannels(column))
    }

    private func expectClose(_ found: [Float?], _ expected: [Float?], _ location: SourceLocation = #_sourceLocation) {
        #expect(found.count == expected.count, sourceLocation: location)
        for (a, b) in zip(found, expected) {
            #expect((a == nil) == (b == nil), sourceLocation: location)
            if let a, let b { #expect(abs(a - b) < 2e-6, sourceLocation: location) }
        }
    }

    @Test func interpolatesUnevenTimesAsNumpyDoes() {
        // numpy.interp of these points at k / 25 s, k = 2...20.
        let uneven = track(
            [
                0.052, 0.105, 0.145, 0.177, 0.199, 0.234, 0.27, 0.292, 0.314, 0.374, 0.42, 0.45, 0.487, 0.546, 0.602,
                0.656, 0.691, 0.731, 0.778, 0.801,
            ],
            [
                0.556, 0.271, 0.88, 0.064, 0.679, 0.87, 0.227, 0.895, 0.872, 0.019, 0.707, 0.001, 0.503, 0.437, 0.203,
                0.325, 0.806, 0.316, 0.149, 0.699,
            ])
        let even = uneven.resampled(to: 25)
        #expect(even.frames.map(\.time) == (2...20).map { Double($0) / 25 })
        expectClose(
            even.frames.map { $0.value(.headYaw) },
            [
                0.405434, 0.499375, 0.4975, 0.684457, 0.762833, 0.530636, 0.7867, 0.218033, 0.40787, 0.236333, 0.408027,
                0.466085, 0.3785, 0.211357, 0.288852, 0.654829, 0.45075, 0.212957, 0.675087,
            ])
    }

    @Test func averagesFastTracksOverOneFrame() {
        // The mean of numpy.interp over (t - 20 ms, t + 20 ms), clipped to the track, t = k / 25 s.
        let values: [Float] = [
            0.449, 0.799, 0.236, 0.32, 0.8, 0.507, 0.506, 0.236, 0.015, 0.933, 0.086, 0.845, 0.368, 0.951, 0.399, 0.936,
            0.556, 0.24, 0.741, 0.674, 0.684,
        ]
        let fast = track(values.indices.map { Double($0) / 100 }, values)
        expectClose(
            fast.resampled(to: 25).frames.map { $0.value(.headYaw) },
            [0.57075, 0.4995, 0.37, 0.601625, 0.5755, 0.69325])
    }

    @Test func removesWhatTheGridCannotCarry() {
        // 50 Hz is an alias of 0 Hz at 25 frames a second: 200 samples a second of it average to nothing.
        let tone = track((0...400).map { Double($0) / 200 }, (0...400).map { [0, 1, 0, -1][$0 % 4] })
        let inner = tone.resampled(to: 25).frames.dropFirst().dropLast()
        #expect(inner.allSatisfy { abs($0.value(.headYaw) ?? 1) < 1e-5 })
    }

    @Test func leavesGapsLongerThanHalfASecondOpen() {
        let gaps = track([0, 0.04, 0.5, 0.54, 1.08, 1.12], [0, 0, 0.46, 0.5, 1, 1]).resampled(to: 25)
        #expect(gaps.frames.count == 29)
        let present = gaps.frames.map(\.isPresent)
        #expect(present[0...13].allSatisfy { $0 })
        #expect(present[14...26].allSatisfy { !$0 })
        #expect(present[27...28].allSatisfy { $0 })
        expectClose([gaps.frames[7].value(.headYaw)], [0.24])
    }

    @Test func bridgesShortLossesOfOneChannel() {
        let lost = track([0, 0.04, 0.08, 0.12], [0, nil, nil, 3]).resampled(to: 25)
        expectClose(lost.frames.map { $0.value(.headYaw) }, [0, 1, 2, 3])
        let ends = track([0, 0.04, 0.08, 0.12], [nil, 1, 2, nil]).resampled(to: 25)
        expectClose(ends.frames.map { $0.value(.headYaw) }, [nil, 1, 2, nil])
    }

    @Test func takesTheNearestGazeRegion() {
        let gaze = track([0, 0.03, 0.06, 0.09, 0.12], [1, 2, 3, 1, 2], column: .gazeRegion).resampled(to: 25)
        #expect(gaze.frames.map { $0.value(.gazeRegion) } == [1, 2, 1, 2])
    }

    @Test func keepsATrackThatIsAlreadyOnTheGrid() {
        let values: [Float?] = (0..<100).map { Float($0 % 7) / 8 }
        let even = track((0..<100).map { Double($0) / 25 }, values)
        #expect(even.resampled(to: 25).frames.map { $0.value(.headYaw) } == values)
    }

    @Test func takesEmptyAndSingleFrameTracks() {
        #expect(Track(frames: []).resampled(to: 25).frames.isEmpty)
        #expect(track([0.013], [0.5]).resampled(to: 25).frames.map(\.time) == [0.013])
    }
}
