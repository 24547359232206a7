import FaceKit

/// A source of what is sensed of one person.
public protocol PersonSource {
    /// The person at a time, in seconds since the source's start, or nil when nobody is there. Times do not go back.
    mutating func frame(at time: Double) -> PersonFrame?
}

/// A source for when there is no person and no sensor.
public struct AbsentPerson: PersonSource {
    public init() {}

    public mutating func frame(at time: Double) -> PersonFrame? { nil }
}
