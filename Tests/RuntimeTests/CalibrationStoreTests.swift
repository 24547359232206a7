import Actuation
import Foundation
import Runtime
import Testing

@Suite struct CalibrationStoreTests {
    private let folder: URL
    private let robot: RobotDescription
    private let calibration: Calibration

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-\(UUID().uuidString)")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        robot = try RobotDescription(path: root.appendingPathComponent("Robots/reachy-mini.yaml").path)
        var read = try Calibration(
            path: root.appendingPathComponent("Calibration/reachy-mini.yaml").path, robot: robot)
        read.serial = "A-1"
        calibration = read
    }

    private func save(_ calibration: Calibration) throws -> URL {
        try CalibrationStore(folder: folder.path).save(calibration, robot: robot, remarks: ["A remark."])
    }

    @Test func whatIsSavedIsReadBackTheSame() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try save(calibration)
        #expect(file.lastPathComponent == "reachy-mini-A-1.yaml")
        let again = try Calibration(path: file.path, robot: robot)
        #expect(again.entries == calibration.entries)
        #expect(again.serial == "A-1")
        #expect(again.date != nil)
    }

    @Test func undoBringsBackTheVersionBefore() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var second = calibration
        second.entries[0].neutralRaw = 2050
        let file = try save(calibration)
        _ = try save(second)
        let store = CalibrationStore(folder: folder.path)
        #expect(try Calibration(path: file.path, robot: robot).entries[0].neutralRaw == 2050)
        #expect(try store.undo(robot: "reachy-mini", serial: "A-1") == file)
        #expect(try Calibration(path: file.path, robot: robot).entries[0].neutralRaw == 2048)
        #expect(throws: CalibrationStore.Failure.nothingOlder(file: file.path)) {
            try store.undo(robot: "reachy-mini", serial: "A-1")
        }
    }

    @Test func whatIsUnsafeIsNotSavedAndTheOldFileStays() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try save(calibration)
        let before = try Data(contentsOf: file)
        var outside = calibration
        outside.entries[0].neutralRaw = 5000
        #expect(throws: CalibrationStore.Failure.self) { try save(outside) }
        var wrong = calibration
        wrong.entries[0].worstError = 0.2
        #expect(throws: CalibrationStore.Failure.self) { try save(wrong) }
        #expect(try Data(contentsOf: file) == before)
    }

    @Test func aSerialNumberCannotLeaveTheFolder() {
        for serial in ["", "../x", "a/b", "a b", String(repeating: "x", count: 41)] {
            var named = calibration
            named.serial = serial
            #expect(throws: CalibrationStore.Failure.badSerial(serial)) { try save(named) }
        }
    }
}
