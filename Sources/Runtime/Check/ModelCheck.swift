import FaceFit
import Foundation
import Inference

/// Checks a weight file: its format, what every model must say of itself, every number in it, and whether the code that
/// reads its kind accepts it.
struct ModelCheck {
    let path: String
    let home: Home?
    /// The files that are checked together; companions are looked for among them first.
    let paths: [String]

    func report() -> FileCheck.Report {
        var report = FileCheck.Report(file: path, kind: .model)
        let file: WeightFile
        do {
            file = try WeightFile(path: path)
        } catch {
            report.problems = [FileCheck.Problem(error, file: path)]
            return report
        }
        var problems: [FileCheck.Problem] = []
        func note(_ key: String, _ message: String) {
            problems.append(FileCheck.Problem(file: path, line: nil, key: key, message: message))
        }
        for key in ["mien.kind", "training_data", "licence"] where file.metadata[key]?.isEmpty ?? true {
            note(key, "is missing from the metadata, expected a text")
        }
        for name in file.names {
            guard let index = (try? file.tensor(name))?.firstNotFinite else { continue }
            note(name, "the tensor is not finite at place \(index), expected finite numbers")
        }
        let hasBadNumbers = problems.contains { file.names.contains($0.key ?? "") }
        if let kind = file.metadata["mien.kind"], !hasBadNumbers {
            do {
                guard try load(kind, file) else {
                    note("mien.kind", "found \(kind), expected \(Self.kinds.joined(separator: ", "))")
                    report.problems = problems
                    return report
                }
            } catch {
                problems.append(FileCheck.Problem(error, file: path))
            }
        }
        report.problems = problems
        if problems.isEmpty {
            let numbers = file.names.reduce(0) { $0 + ((try? file.tensor($1))?.count ?? 0) }
            report.facts = "\(file.metadata["mien.kind"] ?? ""), \(file.names.count) tensors, \(numbers) numbers"
        }
        return report
    }

    private static let kinds = ["face-basis"]

    /// Reads the file as its kind does; false when nothing reads that kind.
    private func load(_ kind: String, _ file: WeightFile) throws -> Bool {
        switch kind {
        case "face-basis": _ = try FaceBasis(file: file)
        default: return false
        }
        return true
    }
}
