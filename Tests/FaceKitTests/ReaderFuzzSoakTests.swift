import FaceKit
import Foundation
import Testing

/// Damaged files end in an error or in a track whose numbers make sense, never in a crash. `MIEN_SOAK` runs the full
/// length, everything else 1 % of it.
@Suite struct ReaderFuzzSoak {
    private static let files = ProcessInfo.processInfo.environment["MIEN_SOAK"] != nil ? 40_000 : 400

    private static let valid: [String] = [
        "time_s,jawOpen,head_yaw_rad,head_x_m,motion_energy,gaze_region,voice\n"
            + (0..<6).map { "\(Double($0) / 25),0.\($0),-0.1,0.02,1200,2,\"1\"\n" }.joined(),
        LiveLinkTakes.header + "\r\n"
            + (0..<3).map { LiveLinkTakes.row("23:59:59:0\($0).652", ["HeadYaw": "0.1"]) + "\r\n" }.joined(),
        "frame, face_id, timestamp, confidence, success, gaze_angle_x, gaze_angle_y, pose_Tx, pose_Ty, pose_Tz, pose_Rx, "
            + "pose_Ry, pose_Rz, AU06_r, AU12_r, AU25_r, AU26_r\n"
            + (0..<6).map { "\($0), 0, 0.0\($0), 0.9, 1, 0.1, 0.2, 10, 20, 500, 0.1, 0.2, 0.3, 1.5, 2.5, 1, 2\n" }
            .joined(),
        LandmarkFile.header(hasDepth: true).joined(separator: ",") + "\n"
            + (0..<204).map { "0.\($0)" }.joined(separator: ",") + "\n",
    ]

    private static func damaged(_ text: String, _ random: CounterRandom, _ frame: UInt32) -> [UInt8] {
        var bytes = Array(text.utf8)
        let tricky = Array("0123456789.,-+eE\"\n\r;: nainf".utf8) + [0, 0xFF, 0xC3, 0x80]
        for round in 0..<(1 + random.bits(frame: frame, draw: 0) % 6) {
            guard !bytes.isEmpty else { break }
            func draw(_ index: UInt32, below limit: Int) -> Int {
                Int(random.bits(frame: frame, draw: 1 + round * 5 + index)) % limit
            }
            let place = draw(0, below: bytes.count)
            switch draw(1, below: 5) {
            case 0: bytes[place] = UInt8(draw(2, below: 256))
            case 1: bytes[place] = tricky[draw(2, below: tricky.count)]
            case 2: bytes.insert(tricky[draw(2, below: tricky.count)], at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + draw(2, below: 12)))
            default:
                let copied = Array(bytes[place..<min(bytes.count, place + 1 + draw(2, below: 40))])
                bytes.insert(contentsOf: copied, at: draw(3, below: bytes.count))
            }
        }
        return bytes
    }

    @Test(arguments: 0..<4)
    func damagedFilesEndInAnErrorOrASoundTrack(kind: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("in.csv")
        let random = CounterRandom(seed: 11, system: .test, stream: UInt32(kind))
        var accepted = 0
        for index in 0..<(Self.files / 4) {
            try Data(Self.damaged(Self.valid[kind], random, UInt32(index))).write(to: URL(fileURLWithPath: path))
            do {
                if kind == 3 {
                    let contents = try LandmarkFile.read(path)
                    #expect(contents.frames.allSatisfy { $0[0].x.isFinite && $0[67].z.isFinite })
                } else {
                    let track = try TrackReader.read(path)
                    #expect(track.frames.allSatisfy { $0.face.isFinite })
                    #expect(zip(track.frames.dropFirst(), track.frames).allSatisfy { $0.time > $1.time })
                    let even = track.resampled(to: 25)
                    #expect(even.frames.allSatisfy { $0.face.isFinite && $0.motionEnergy.isFinite })
                }
                accepted += 1
            } catch {
                #expect("\(error)".contains(path))
            }
        }
        // Some damage does no harm, so both ways are walked.
        #expect(accepted > 0 && accepted < Self.files / 4)
    }
}
