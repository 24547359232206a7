import Testing

@testable import Telemetry

@Suite struct PayloadTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = Array("0123456789abcdef")
            return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        }.joined()
    }

    private static func json(_ payload: Payload) -> String { String(decoding: payload.json, as: UTF8.self) }

    /// The examples of RFC 8949, appendix A.
    private static let vectors: [(payload: Payload, expected: String)] = [
        (Payload.integer(0), "00"), (.integer(23), "17"), (.integer(24), "1818"), (.integer(100), "1864"),
        (.integer(1000), "1903e8"), (.integer(1_000_000), "1a000f4240"),
        (.integer(1_000_000_000_000), "1b000000e8d4a51000"), (.integer(-1), "20"), (.integer(-100), "3863"),
        (.integer(-1000), "3903e7"), (.number(3.4028234663852886e+38, decimals: 1), "fa7f7fffff"),
        (.number(1000.00001, decimals: 4), "1903e8"), (.boolean(false), "f4"),
        (.boolean(true), "f5"), (.null, "f6"), (.text(""), "60"), (.text("IETF"), "6449455446"),
        (.text("\u{fc}"), "62c3bc"), (.list([]), "80"), (.list([1, 2, 3]), "83010203"),
        (.list([1, [2, 3], [4, 5]]), "8301820203820405"), (.object([]), "a0"),
        (["a": 1, "b": [2, 3]], "a26161016162820203"),
    ]

    @Test(arguments: vectors)
    func cborIsThatOfTheStandard(payload: Payload, expected: String) {
        #expect(Self.hex(payload.cbor) == expected)
    }

    @Test(arguments: [
        (0.0, 4, "0"), (-0.00001, 4, "0"), (0.1, 4, "0.1"), (-0.25, 4, "-0.25"), (12.34567, 3, "12.346"),
        (1.005, 4, "1.005"), (100, 0, "100"), (9.99999, 4, "10"), (0.0101, 4, "0.0101"), (1e17, 4, "1e+17"),
    ])
    func numbersAreWrittenAsBrieflyAsTheyAre(value: Double, decimals: Int, expected: String) {
        #expect(Self.json(.number(value, decimals: decimals)) == expected)
    }

    @Test func whatJSONCannotSayIsNull() {
        #expect(Self.json([.number(.nan, decimals: 4), .number(.infinity, decimals: 4)]) == "[null,null]")
    }

    @Test func textIsEscaped() {
        #expect(Self.json(.text("a\"b\\c\nd\u{1}\u{7f}é")) == #""a\"b\\c\nd\u0001\u007fé""#)
    }

    @Test func keysKeepTheirOrder() {
        #expect(Self.json(["b": true, "a": .null, "c": [1, "x"]]) == #"{"b":true,"a":null,"c":[1,"x"]}"#)
    }
}
