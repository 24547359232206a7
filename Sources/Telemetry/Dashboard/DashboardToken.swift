/// The secret that opens a dashboard which others can reach: 128 bits, in hexadecimal.
public struct DashboardToken: Sendable, Equatable {
    public let text: String

    public init() {
        var generator = SystemRandomNumberGenerator()
        text = (0..<16).map { _ in
            let byte = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
            return byte.count == 1 ? "0" + byte : byte
        }.joined()
    }

    /// A token of the user's own choice; nil for one that is too short to be a secret.
    public init?(_ text: String) {
        guard text.utf8.count >= 16, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") }) else {
            return nil
        }
        self.text = text
    }

    /// Compares in a time that does not tell where they differ.
    func admits(_ given: String) -> Bool {
        let (own, other) = (Array(text.utf8), Array(given.utf8))
        guard own.count == other.count else { return false }
        return zip(own, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
