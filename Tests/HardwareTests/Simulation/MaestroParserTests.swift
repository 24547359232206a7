import Hardware
import Testing

@Suite struct MaestroParserTests {
    private func parse(
        _ bytes: [UInt8], framing: MaestroFraming = .init(), channels: Int = 24
    ) -> (commands: [MaestroCommand], errors: MaestroErrors) {
        var parser = MaestroParser(framing: framing, channelCount: channels)
        let commands = bytes.compactMap { parser.receive($0) }
        return (commands, parser.errors)
    }

    @Test func theManualsBytesAreUnderstood() {
        let parsed = parse(
            [0x84, 0x02, 0x70, 0x2E] + [0x87, 0x05, 0x0C, 0x01] + [0x9F, 2, 3, 0, 0, 0x70, 0x2E] + [
                0x90, 7, 0x93, 0xA1,
            ])
        #expect(
            parsed.commands == [
                .setTarget(channel: 2, quarterMicroseconds: 6000), .setSpeed(channel: 5, 140),
                .setMultipleTargets(first: 3, quarterMicroseconds: [0, 6000]), .getPosition(channel: 7),
                .getMovingState, .getErrors,
            ])
        #expect(parsed.errors == [])
    }

    @Test func thePololuProtocolIsUnderstoodForTheOwnDeviceOnly() {
        let own = parse([0xAA, 0x0C, 0x04, 0x00, 0x70, 0x2E])
        #expect(own.commands == [.setTarget(channel: 0, quarterMicroseconds: 6000)])
        let foreign = parse([0xAA, 0x0D, 0x04, 0x00, 0x70, 0x2E])
        #expect(foreign.commands == [])
        #expect(foreign.errors == [])
    }

    @Test func aRightCRCIsTakenAndAWrongOneSetsItsBit() {
        let framing = MaestroFraming(hasCRC: true)
        #expect(parse([0x84, 0x02, 0x70, 0x2E, 0x18], framing: framing).commands.count == 1)
        let wrong = parse([0x84, 0x02, 0x70, 0x2E, 0x19], framing: framing)
        #expect(wrong.commands == [])
        #expect(wrong.errors == .crc)
    }

    @Test func aCRCIsExpectedAfterPololuCommandsToo() {
        let framing = MaestroFraming(deviceNumber: 12, hasCRC: true)
        #expect(
            parse([0xAA, 0x0C, 0x04, 0x00, 0x70, 0x2E, 0x22], framing: framing).commands
                == [.setTarget(channel: 0, quarterMicroseconds: 6000)])
    }

    @Test(arguments: [
        [UInt8]([0x84, 24, 0x70, 0x2E]), [0x9F, 2, 23, 0, 0, 0, 0], [0x9F, 0, 0], [0x85], [0x01], [0x84, 2, 0xA2],
    ])
    func whatTheBoardCannotUseIsAProtocolError(bytes: [UInt8]) {
        #expect(parse(bytes).errors == .protocolError)
    }

    @Test func aBrokenOffCommandDoesNotSpoilTheNext() {
        #expect(
            parse([0x9F, 23, 0, 0x70, 0x84, 0x02, 0x70, 0x2E]).commands
                == [.setTarget(channel: 2, quarterMicroseconds: 6000)])
    }
}
