/// Servos that a bus must know by their make, since registers and encoders differ.
///
/// Numbers are those that the servo itself answers (ROBOTIS e-Manual, control tables of X series and XL320; Feetech's
/// memory tables of STS3215 and SCS0009).
public enum ServoModel: String, Sendable, CaseIterable {
    case xl330m077 = "xl330-m077"
    case xl330m288 = "xl330-m288"
    case xc330m288 = "xc330-m288"
    case xl430w250 = "xl430-w250"
    case xm430w350 = "xm430-w350"
    case xl320
    case sts3215
    case scs0009

    /// The number that a ping or the model register answers.
    public var number: UInt16 {
        switch self {
        case .xl330m077: 1190
        case .xl330m288: 1200
        case .xc330m288: 1240
        case .xl430w250: 1060
        case .xm430w350: 1020
        case .xl320: 350
        case .sts3215: 777
        case .scs0009: 1284
        }
    }

    /// Encoder ticks and the angle they span: a whole turn of 4096, or 300° of 1024.
    public var scale: ServoScale {
        switch self {
        case .xl320, .scs0009: .encoder(count: 1024, over: 300 * .pi / 180)
        default: .encoder(count: 4096, over: 2 * .pi)
        }
    }

    /// The current of its most torque, A, for servos that measure current (e-Manual, stall at the recommended voltage); nil
    /// for those that estimate load.
    public var stallCurrent: Double? {
        switch self {
        case .xl330m077, .xl330m288: 1.47
        case .xc330m288: 1.8
        case .xm430w350: 2.3
        case .xl430w250, .xl320, .sts3215, .scs0009: nil
        }
    }

    /// Whether it speaks Dynamixel Protocol 2.0.
    public var isDynamixel: Bool {
        switch self {
        case .sts3215, .scs0009: false
        default: true
        }
    }
}
