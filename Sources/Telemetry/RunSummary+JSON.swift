import FaceKit

extension RunSummary {
    /// The summary as one JSON object, keys sorted, numbers as they are.
    public var json: String {
        get throws {
            try JSONText.page(self)
        }
    }
}
