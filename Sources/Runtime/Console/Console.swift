import FaceKit
import Foundation
import Hardware
import Synchronization
import Telemetry

/// What joins the console's thread to a running controller: nothing in it makes a tick wait.
///
/// Commands go to the motion tick through a bounded queue, the emergency stop to the control tick through an atomic
/// latch; status and events come back. A broker's bridge is handed the same parts.
public final class Console: Sendable {
    /// The robot's name, as the operator knows it.
    public let robot: String
    public let stop = StopLatch()
    public let commands: CommandQueue
    public let events: EventStream
    /// The control tick's newest status, for the console alone.
    let controlStatus = LatestValueSlot(RunStatus())
    let bell: Bell
    /// What a broker's bridge looks at; nil without one.
    public let observation: Observation?
    /// Where recordings are begun and ended.
    let recordings = RecordingDesk()
    private let motion = Mutex<ConsoleStatus.Motion?>(nil)

    public init(robot: String, waitingCommands: Int = 64, observation: Observation? = nil) {
        self.robot = robot
        self.observation = observation
        let bell = Bell()
        self.bell = bell
        commands = CommandQueue(capacity: waitingCommands)
        events = EventStream(copy: observation?.events) { bell.ring() }
    }

    /// Recordings for which nobody names a file go into this folder.
    public func keepRecordings(in folder: URL?) { recordings.keep(in: folder) }

    /// The motion tick's answer to `status`.
    public func report(_ status: ConsoleStatus.Motion) { motion.withLock { $0 = status } }

    var motionStatus: ConsoleStatus.Motion? { motion.withLock { $0 } }
}
