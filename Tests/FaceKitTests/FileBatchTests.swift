import Foundation
import Testing

@testable import FaceKit

@Suite struct FileBatchTests {
    private func names(_ folder: borrowing TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func nothingIsSeenOfABatchThatIsNotPublished() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "a.csv")
        var batch = FileBatch()
        try batch.add("new", to: path)
        try batch.add("new", to: folder.file("b.csv"))
        #expect(try names(folder) == ["a.csv"])
        #expect(try text(path) == "old")
        try batch.publish()
        #expect(try names(folder) == ["a.csv", "b.csv"])
        #expect(try text(path) == "new" && text(folder.file("b.csv")) == "new")
    }

    @Test func whereOneCannotBeWrittenNoneIs() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "a.csv")
        var batch = FileBatch()
        try batch.add("new", to: path)
        try batch.add("new", to: folder.file("b.csv"))
        try batch.add("new", to: "/dev/full")
        #expect(throws: TrackFile.Error.cannotWrite(path: "/dev/full", code: ENOSPC)) { try batch.publish() }
        batch = FileBatch()
        #expect(try names(folder) == ["a.csv"])
        #expect(try text(path) == "old")
    }

    @Test(arguments: [false, true]) func aFileThatIsNotPublishedLeavesNothingBehind(named: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.csv")
        do {
            let file = try PendingFile(Array("new".utf8), to: path, named: named)
            #expect(try names(folder) == (named ? ["a.csv.\(getpid()).partial"] : []))
            try file.deliver()
            try file.link()
            #expect(try names(folder) == ["a.csv.\(getpid()).partial"])
        }
        #expect(try names(folder) == [])
        let file = try PendingFile(Array("new".utf8), to: path, named: named)
        try file.link()
        try file.rename()
        #expect(try names(folder) == ["a.csv"])
        #expect(try text(path) == "new")
    }

    @Test(arguments: [false, true]) func whatHasANeighboursNameIsLeftAlone(named: Bool) throws {
        let folder = try TemporaryFolder()
        let neighbour = "a.csv.\(getpid()).partial"
        try #expect(text(folder.write("mine", to: neighbour)) == "mine")
        let file = try PendingFile(Array("new".utf8), to: folder.file("a.csv"), named: named)
        try file.link()
        try file.rename()
        #expect(try names(folder) == ["a.csv", neighbour])
        #expect(try text(folder.file(neighbour)) == "mine")
        #expect(try text(folder.file("a.csv")) == "new")
    }

    @Test func aFileKeepsItsLinkAndItsPermissions() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "a.csv")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.createSymbolicLink(atPath: folder.file("way"), withDestinationPath: path)
        var batch = FileBatch()
        try batch.add("new", to: folder.file("way"))
        try batch.publish()
        #expect(try names(folder) == ["a.csv", "way"])
        #expect(try text(path) == "new")
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
    }
}
