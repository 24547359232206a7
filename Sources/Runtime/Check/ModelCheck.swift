import FaceFit
import Foundation
import Inference
import Motion

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
        if let rate = file.metadata["frame_rate_hz"], Double(rate) != Generators.frameRate {
            note("frame_rate_hz", "found \(rate), expected \(Generators.frameRate), the rate of the motion tick")
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

    private static let kinds = [
        "face-basis", "suhmo-lstm", "suhmo-transformer", "sfms-tokeniser", "sfms-predictor", "sfms-keyframes",
        "motion-spaces",
    ]

    /// Reads the file as its kind does; false when nothing reads that kind.
    private func load(_ kind: String, _ file: WeightFile) throws -> Bool {
        switch kind {
        case "face-basis": _ = try FaceBasis(file: file)
        case "suhmo-lstm", "suhmo-transformer":
            _ = try SUHMo(file: file, basis: FaceBasis(path: companion("face-basis")))
        case "sfms-tokeniser":
            _ = try SFMS(
                tokeniser: file, predictor: WeightFile(path: companion("sfms-predictor")),
                basis: FaceBasis(path: companion("face-basis")))
        case "sfms-keyframes": _ = try SFMS.Reconstructor(file)
        case "sfms-predictor":
            _ = try SFMS(
                tokeniser: WeightFile(path: companion("sfms-tokeniser")), predictor: file,
                basis: FaceBasis(path: companion("face-basis")))
        // Measured in by the training code alone; its numbers are checked like all others'.
        case "motion-spaces": break
        default: return false
        }
        return true
    }

    /// A model of another kind that this one needs: one of those that are checked, one in the same folder, or Mien's.
    private func companion(_ kind: String) throws -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let beside = (folder as NSString).appendingPathComponent("\(kind).safetensors")
        let candidates = paths + [beside] + (home.map { [$0.file("Models/\(kind).safetensors")] } ?? [])
        for candidate in candidates where candidate != path && candidate.hasSuffix(".safetensors") {
            if (try? WeightFile(path: candidate))?.metadata["mien.kind"] == kind { return candidate }
        }
        throw CompanionMissing(kind: kind)
    }

    /// A model cannot be checked without another one.
    private struct CompanionMissing: Error, CustomStringConvertible {
        let kind: String
        var description: String {
            "needs a model of the kind \(kind) beside it or in Models/ to be checked, found none that can be read"
        }
    }
}
