import Foundation

/// A file mapped read-only into memory.
struct MappedFile {
    let path: String
    let memory: WeightMemory
    let count: Int

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory.base, count: count) }

    init(path: String) throws(WeightFile.Error) {
        // A pipe would be waited for until somebody writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
        let size = Int(status.st_size)
        guard size >= 8 else { throw .tooShort(path: path, bytes: size) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw .cannotOpen(path: path, errno: errno)
        }
        self.path = path
        count = size
        memory = WeightMemory(base: UnsafeRawPointer(start)) { munmap(UnsafeMutableRawPointer(mutating: $0), size) }
    }
}
