import Actuation

/// The control table of one simulated Dynamixel (e-Manual, X series and XL320).
struct DynamixelRegisters: Sendable {
    private(set) var bytes: [UInt8]
    let table: DynamixelTable

    private let isXL320: Bool

    init(model: ServoModel, id: UInt8, minimum: Int, maximum: Int) {
        isXL320 = model == .xl320
        table = DynamixelTable.of(model)
        bytes = Array(repeating: 0, count: isXL320 ? 64 : 256)
        set(0, 2, Int32(model.number))
        bytes[isXL320 ? 2 : 6] = 46
        bytes[isXL320 ? 3 : 7] = id
        bytes[isXL320 ? 4 : 8] = 3
        if isXL320 {
            bytes[5] = 250
            bytes[11] = 2
            set(6, 2, 0)
            set(8, 2, 1023)
            bytes[12] = 65
            bytes[17] = 2
            set(35, 2, 1023)
        } else {
            bytes[9] = 250
            bytes[11] = 3
            bytes[31] = 70
            set(32, 2, 70)
            set(34, 2, 35)
            set(36, 2, 885)
            set(38, 2, 1750)
            set(48, 4, Int32(maximum))
            set(52, 4, Int32(minimum))
            bytes[63] = 53
            bytes[68] = 2
            set(84, 2, 400)
        }
    }

    func value(_ address: Int, _ size: Int) -> Int32 {
        var bits: UInt32 = 0
        for index in 0..<size { bits |= UInt32(bytes[address + index]) << UInt32(8 * index) }
        return Int32(bitPattern: bits)
    }

    func value(_ field: DynamixelTable.Field) -> Int32 { value(Int(field.address), field.size) }

    mutating func set(_ address: Int, _ size: Int, _ value: Int32) {
        for index in 0..<size { bytes[address + index] = UInt8(truncatingIfNeeded: value >> Int32(8 * index)) }
    }

    mutating func set(_ field: DynamixelTable.Field, _ value: Int32) { set(Int(field.address), field.size, value) }

    /// Where EEPROM ends.
    private var firstRAM: Int { isXL320 ? 24 : 64 }
    private var watchdogHasTripped: Bool { !isXL320 && bytes[98] == 255 }
    var isTorqueOn: Bool { value(table.torqueEnable) != 0 }
    /// What it answers: 0 pings, 1 also reads, 2 all.
    var returnLevel: UInt8 { isXL320 ? bytes[17] : bytes[68] }

    private func isReadOnly(_ address: Int) -> Bool {
        isXL320
            ? address < 3 || (37...46).contains(address) || (48...50).contains(address)
            : address < 7 || address == 70 || (120...147).contains(address)
    }

    /// Whether a tripped watchdog forbids the address.
    private func isGoal(_ address: Int) -> Bool { !isXL320 && (100...119).contains(address) }

    /// Writes as the servo would, or says why it does not.
    mutating func write(_ data: ArraySlice<UInt8>, at address: Int) -> DynamixelError.Fault? {
        guard !data.isEmpty else { return .dataLength }
        let range = address..<address + data.count
        guard range.upperBound <= bytes.count, !range.contains(where: isReadOnly) else { return .access }
        if range.lowerBound < firstRAM, isTorqueOn { return .access }
        if watchdogHasTripped, range.contains(where: isGoal) { return .dataRange }
        if let fault = outOfLimits(data, range) { return fault }
        for (offset, byte) in data.enumerated() { bytes[address + offset] = byte }
        return nil
    }

    private func outOfLimits(_ data: ArraySlice<UInt8>, _ range: Range<Int>) -> DynamixelError.Fault? {
        var probe = self
        for (offset, byte) in data.enumerated() { probe.bytes[range.lowerBound + offset] = byte }
        let goal = Int(table.goalPosition.address)
        if range.contains(goal) {
            let limits = isXL320 ? (probe.value(6, 2), probe.value(8, 2)) : (probe.value(52, 4), probe.value(48, 4))
            let wanted = probe.value(table.goalPosition)
            if wanted < limits.0 || wanted > limits.1 { return .dataLimit }
        }
        if range.contains(Int(table.torqueEnable.address)), probe.value(table.torqueEnable) > 1 { return .dataRange }
        if !isXL320, range.contains(98), probe.bytes[98] > 127 { return .dataRange }
        return nil
    }
}
