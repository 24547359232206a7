import FaceKit
import Foundation
import Motion
import Perception
import Testing

@testable import Runtime

/// An hour of each shipped model, frame after frame as on the virtual clock; 36 s of it without `MIEN_SOAK=1`.
@Suite struct EnduranceSoakTests {
    /// The least and most of each channel in what a model was trained on, made by `mien_training.ranges`.
    private struct Range: Decodable {
        var least: [String: Float]
        var most: [String: Float]
    }

    private static let frames = ControllerSoakTests.isFull ? 90_000 : 900

    private static func range(of model: String) throws -> Range {
        let data = try Data(
            contentsOf: URL(fileURLWithPath: ControllerSoakTests.home.file("Models/training-ranges.json")))
        return try #require(try JSONDecoder().decode([String: Range].self, from: data)[model])
    }

    /// What a model shows to a person: each frame's 58 numbers.
    private static func run(_ model: (any MotionModel)?, person: (any PersonSource)?) throws -> [[Float]] {
        var stream = try #require(model).makeStream(seed: 9)
        var person = person
        return try (0..<frames).map { index in
            let sensed = person?.frame(at: Double(index) / Generators.frameRate)
            let face = try stream.next(person: sensed?.isPresent == true ? sensed : nil).face
            let channels = FaceChannels(face, distances: .init(repeating: 0)).values
            return (0..<FaceChannels.firstDistance).map { channels[$0] }
        }
    }

    @Test func anHourOfIdlingNeitherDriftsNorLoopsNorLeavesWhatWasLearnt() throws {
        let model = try Generators.trained(in: ControllerSoakTests.home).suhmo
        try Self.expectEndurance(Self.run(model, person: nil), Self.range(of: "suhmo"))
    }

    @Test func anHourOfListeningNeitherDriftsNorLoopsNorLeavesWhatWasLearnt() throws {
        let model = try Generators.trained(in: ControllerSoakTests.home).sfms
        // The conversation comes again every two minutes: the listener must not answer it as it did before.
        let track = try TrackReader.read(ControllerSoakTests.home.file("Tracks/conversation.csv"))
        let person = TrackPersonSource(track, rate: Generators.frameRate, loops: true)
        try Self.expectEndurance(Self.run(model, person: person), Self.range(of: "sfms"))
    }

    private static func expectEndurance(_ rows: [[Float]], _ range: Range) throws {
        #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(firstRepeat(of: rows, length: 100) == nil)
        for (place, channel) in FaceChannel.names.prefix(58).enumerated() {
            let values = rows.map { $0[place] }
            let (low, high) = try (#require(values.min()), #require(values.max()))
            let (least, most) = try (#require(range.least[channel]), #require(range.most[channel]))
            #expect(low >= least && high <= most, "\(channel) went from \(low) to \(high), data \(least) to \(most)")
            guard ControllerSoakTests.isFull else { continue }  // Within seconds a mean says nothing about drift.
            let tenMinutes = 15_000
            let (first, last) = (Self.moments(values.prefix(tenMinutes)), Self.moments(values.suffix(tenMinutes)))
            #expect(abs(last.mean - first.mean) <= first.deviation, "\(channel): \(first) at first, \(last) at last")
        }
    }

    private static func moments(_ values: ArraySlice<Float>) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
        let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
        return (mean, variance.squareRoot())
    }

    /// The start of the first run of `length` rows that came before, bit for bit.
    private static func firstRepeat(of rows: [[Float]], length: Int) -> Int? {
        var places: [[Float]: [Int]] = [:]
        for start in rows.indices where start + length <= rows.count {
            for before in places[rows[start], default: []]
            where rows[before..<before + length].elementsEqual(rows[start..<start + length]) {
                return start
            }
            places[rows[start], default: []].append(start)
        }
        return nil
    }

    @Test func aLoopIsSeen() {
        let once = (0..<120).map { [Float($0)] }
        #expect(Self.firstRepeat(of: once + once, length: 100) == 120)
        #expect(Self.firstRepeat(of: once + once.prefix(99) + [[500]], length: 100) == nil)
    }
}
