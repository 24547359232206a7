import Dispatch
import Glibc
import Runtime

/// Turns Ctrl-C and a polite kill into a request to stop, so that the face settles and the terminal is given back; a
/// second one ends the program at once. A reader of the output that goes away does not stop a robot.
struct Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(stop: StopFlag) {
        Glibc.signal(SIGPIPE, SIG_IGN)
        sources = [SIGINT, SIGTERM].map { signal in
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler {
                if stop.isRequested {
                    StopKey.restore()
                    _exit(130)
                }
                stop.request()
            }
            source.resume()
            return source
        }
    }
}
