import Foundation
import Telemetry
import Testing

@Suite struct PasswordFileTests {
    @Test(arguments: ["secret", "secret\n", "secret\r\n", "secret\r\nmore\r\n"])
    func aPasswordIsTheFirstLineWhateverEndsIt(text: String) throws {
        let path = NSTemporaryDirectory() + "mien-password-" + UUID().uuidString
        let made = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #require(made)
        #expect(try BrokerSecurity.password(in: path) == "secret")
    }
}
