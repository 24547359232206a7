import Hardware
import Testing

/// Byte strings as the Maestro manual prints them (pololu.com/docs/0J40, sections 5.c to 5.e) or as an independent
/// framer computed them.
@Suite struct MaestroVectorTests {
    private let compact = MaestroFraming()

    @Test func crcOfTheManualsExampleIs17() {
        #expect(CRC7.checksum([0x83, 0x01]) == 0x17)
    }

    @Test func crcFollowsASetTarget() {
        let framing = MaestroFraming(hasCRC: true)
        #expect(
            framing.bytes(.setTarget(channel: 2, quarterMicroseconds: 6000)) == [0x84, 0x02, 0x70, 0x2E, 0x18])
    }

    @Test func crcFollowsASetMultipleTargets() {
        let framing = MaestroFraming(hasCRC: true)
        #expect(
            framing.bytes(.setMultipleTargets(first: 3, quarterMicroseconds: [0, 6000]))
                == [0x9F, 0x02, 0x03, 0x00, 0x00, 0x70, 0x2E, 0x24])
    }

    @Test func crcCoversThePololuHeader() {
        let framing = MaestroFraming(deviceNumber: 12, hasCRC: true)
        #expect(
            framing.bytes(.setTarget(channel: 0, quarterMicroseconds: 6000))
                == [0xAA, 0x0C, 0x04, 0x00, 0x70, 0x2E, 0x22])
    }

    @Test func aTargetOf1500MicrosecondsIs702E() {
        #expect(compact.bytes(.setTarget(channel: 2, quarterMicroseconds: 6000)) == [0x84, 0x02, 0x70, 0x2E])
    }

    @Test func thePololuProtocolNamesTheDeviceAndClearsTheTopBit() {
        let framing = MaestroFraming(deviceNumber: 12)
        #expect(
            framing.bytes(.setTarget(channel: 0, quarterMicroseconds: 6000)) == [0xAA, 0x0C, 0x04, 0x00, 0x70, 0x2E])
    }

    @Test func multipleTargetsCarryCountFirstChannelAndWords() {
        #expect(
            compact.bytes(.setMultipleTargets(first: 3, quarterMicroseconds: [0, 6000]))
                == [0x9F, 0x02, 0x03, 0x00, 0x00, 0x70, 0x2E])
    }

    @Test func speed140OnChannel5Is050C01() {
        #expect(compact.bytes(.setSpeed(channel: 5, 140)) == [0x87, 0x05, 0x0C, 0x01])
    }

    @Test func accelerationUsesTwoSevenBitBytes() {
        #expect(compact.bytes(.setAcceleration(channel: 5, 4)) == [0x89, 0x05, 0x04, 0x00])
    }

    @Test(arguments: [
        (MaestroCommand.getPosition(channel: 7), [UInt8]([0x90, 0x07])),
        (.getMovingState, [0x93]),
        (.getErrors, [0xA1]),
        (.goHome, [0xA2]),
    ])
    func questionsAndGoHomeAreAsInTheManual(command: MaestroCommand, bytes: [UInt8]) {
        #expect(compact.bytes(command) == bytes)
    }

    @Test func errorBitsHaveTheManualsNames() {
        #expect(
            MaestroErrors(rawValue: 0b1_0001_1000).names == ["serial CRC", "serial protocol", "script program counter"])
    }
}
