import Dispatch

/// Runs a web server's tasks one after the other on a thread of their own, so that work which keeps the program's shared pool
/// of threads does not keep a page waiting, and a page's does not keep anything else.
final class ServerExecutor: TaskExecutor {
    // A serial queue always gets a thread; a concurrent one would wait for one of the shared pool.
    private let queue = DispatchQueue(label: "mien-dashboard")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
