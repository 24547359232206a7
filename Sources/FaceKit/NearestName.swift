/// The known name that was probably meant by one that is not known.
public enum NearestName {
    /// The name with the fewest changed letters, if those are few enough; among equals the first by the alphabet.
    public static func to(_ wrong: String, among known: some Sequence<String>) -> String? {
        let wrong = Array(wrong.lowercased().utf8.prefix(64))
        let best = known.map { (name: $0, distance: distance(wrong, Array($0.lowercased().utf8))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= (wrong.count < 5 ? 1 : max(2, wrong.count / 3)) else { return nil }
        return best.name
    }

    /// Letters to insert, delete, change, or swap with their neighbour (Damerau's distance, optimal alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard abs(a.count - b.count) <= 32 else { return .max }
        var before = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in 0..<b.count {
                row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], before[j - 1] + 1) }
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
