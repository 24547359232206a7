/// Negative numbers on the command line.
enum NegativeNumbers {
    /// The arguments with each negative number tied to the option before it, as `--name=-1`: the parser takes a `-1` by
    /// itself for an option, and would say that the value is missing.
    static func tied(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        var result: [String] = []
        for argument in arguments[..<end] {
            if isNegative(argument), let option = result.last, option.hasPrefix("--"), !option.contains("=") {
                result[result.count - 1] = "\(option)=\(argument)"
            } else {
                result.append(argument)
            }
        }
        return result + arguments[end...]
    }

    private static func isNegative(_ text: String) -> Bool {
        text.hasPrefix("-") && text.contains(where: \.isNumber) && Double(text) != nil
    }
}
