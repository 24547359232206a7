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

    /// The examples of RFC 8949, appendix A, that a face can be made of, as JSON.
    @Test(arguments: [
        ("00", "0"), ("17", "23"), ("1818", "24"), ("1903e8", "1000"), ("1b000000e8d4a51000", "1000000000000"),
        ("20", "-1"), ("3903e7", "-1000"), ("f90000", "0"), ("f93c00", "1"), ("f93e00", "1.5"), ("f97bff", "65504"),
        ("f90001", "0.00000006"), ("f90400", "0.000061035"), ("f9c400", "-4"), ("fa47c35000", "100000"),
        ("fb3ff199999999999a", "1.1"), ("fbc010666666666666", "-4.1"), ("f97c00", "null"), ("f97e00", "null"),
        ("f4", "false"), ("f5", "true"), ("f6", "null"), ("60", "\"\""), ("6449455446", #""IETF""#),
        ("62c3bc", "\"\u{fc}\""), ("80", "[]"), ("8301820203820405", "[1,[2,3],[4,5]]"), ("a0", "{}"),
        ("a26161016162820203", #"{"a":1,"b":[2,3]}"#),
    ])
    func cborIsReadAsTheStandardWritesIt(hex: String, json: String) throws {
        #expect(Self.json(try #require(Payload(cbor: Self.bytes(hex)))) == json)
    }

    /// Cut off, endless, tagged, with bytes that are no text, with keys that are none, too deep, too long.
    @Test(arguments: [
        "", "18", "1b0000", "9f01ff", "bf6161 01ff".replacing(" ", with: ""), "c074", "4101", "83ff", "62ff", "62fffe",
        "a10101", "bb00ffffffffffffff", "9bffffffffffffffff", "7bffffffffffffffff", "0000", "1bffffffffffffffff", "f7",
        "f800", "ff", String(repeating: "81", count: 60_000) + "00",
    ])
    func whatIsNoPlainCBORIsRefused(hex: String) {
        #expect(Payload(cbor: Self.bytes(hex)) == nil)
    }

    @Test func whatIsWrittenAsCBORIsReadBack() {
        let payload: Payload = [
            "t_s": .number(12.5), "present": true, "landmarks": [.number(0.25), 1, .null], "voice": .text("\u{e9}"),
            "many": .list((0..<300).map { .integer($0 - 150) }),
        ]
        #expect(Payload(cbor: payload.cbor).map(Self.json) == Self.json(payload))
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { place in
            UInt8(String(decoding: Array(hex.utf8)[place..<place + 2], as: UTF8.self), radix: 16)
        }
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
