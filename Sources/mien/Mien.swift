import ArgumentParser

@main
struct Mien: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A controller that gives a robot a face that listens.")
}
