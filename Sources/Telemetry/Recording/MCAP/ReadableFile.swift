import Glibc

/// A file's bytes, read piece by piece and never beyond its end.
final class ReadableFile {
    let path: String
    let size: UInt64
    private let descriptor: Int32

    init(path: String) throws(MCAPReader.Error) {
        self.path = path
        // A pipe would be waited for until somebody writes to it.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw MCAPReader.Error(path: path, offset: 0, fault: .cannotRead(errno: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MCAPReader.Error(
                path: path, offset: 0, fault: .unexpected(found: "no plain file", expected: "a recording"))
        }
        size = UInt64(status.st_size)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func read(at offset: UInt64, count: UInt64) throws(MCAPReader.Error) -> ArraySlice<UInt8> {
        guard offset <= size, count <= size - offset else {
            throw MCAPReader.Error(path: path, offset: min(offset, size), fault: .short(in: "the file"))
        }
        var done = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
            while done < Int(count) {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + done }, Int(count) - done, off_t(offset) + off_t(done))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    code = got < 0 ? errno : 0
                    break
                }
                done += got
            }
            filled = done
        }
        guard done == Int(count) else {
            throw MCAPReader.Error(
                path: path, offset: offset, fault: code == 0 ? .short(in: "the file") : .cannotRead(errno: code))
        }
        return bytes[...]
    }
}
