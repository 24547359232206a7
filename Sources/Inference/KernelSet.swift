import CKernels

/// A set of C kernels for one family of processors.
///
/// `portable` has one fixed order of operations and gives the same bytes on any machine; the others are faster and give
/// the same bytes on the same machine. Record the active set with every run.
public enum KernelSet: String, Sendable, CaseIterable {
    case portable
    case avx2
    case avx512

    /// Facts about a set that could not be chosen.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case notAvailable(KernelSet)

        public var description: String {
            switch self {
            case .notAvailable(let set): "kernel set \(set.rawValue): this processor lacks its instructions"
            }
        }
    }

    /// The set that the calling thread uses now.
    public static var active: KernelSet { KernelSet(rawValue: String(cString: mien_kernels_active())) ?? .portable }

    /// The widest set that this processor can run.
    public static var widest: KernelSet { allCases.last(where: \.isAvailable) ?? .portable }

    /// Whether this processor can run the set.
    public var isAvailable: Bool { mien_kernels_available(rawValue) }

    /// Makes the set everybody's. Call it once, before the first product.
    public static func select(_ set: KernelSet) throws(Error) {
        guard mien_kernels_select(set.rawValue) else { throw .notAvailable(set) }
    }

    /// Runs `body` with the set on this thread only, whatever the others use.
    public func run<Result>(_ body: () throws -> Result) throws -> Result {
        let previous = isOverridden ? KernelSet.active : nil
        guard mien_kernels_select_for_thread(rawValue) else { throw Error.notAvailable(self) }
        defer { mien_kernels_select_for_thread(previous?.rawValue) }
        return try body()
    }

    private var isOverridden: Bool { mien_kernels_has_thread_choice() }
}
