import FaceKit

/// What a run of bytes that went down a bus was part of, for whoever keeps what was said.
public struct BusWrite: Sendable, Equatable {
    /// Why bytes are written.
    public enum Purpose: String, Sendable, CaseIterable {
        /// Who is there, asked before anything moves.
        case question
        /// What is said once each time the port opens, with the last frame again where servos cannot say how they stand.
        case greeting
        /// The targets of one tick, with a request for error bits now and then.
        case frame
        /// The last frame once more, after a loss.
        case again
        /// The last word on the line.
        case farewell
    }

    public var purpose: Purpose
    /// Whether these bytes begin it, or go on where the last ones ended.
    public var isStart: Bool
    /// The instant of the tick whose targets these are.
    public var time: Nanoseconds?

    public init(_ purpose: Purpose, isStart: Bool = true, time: Nanoseconds? = nil) {
        self.purpose = purpose
        self.isStart = isStart
        self.time = time
    }
}

/// Sees every byte that goes down a bus, in its order, on the thread that writes it; it must not wait.
public typealias BusTap = @Sendable (UnsafeRawBufferPointer, BusWrite) -> Void
