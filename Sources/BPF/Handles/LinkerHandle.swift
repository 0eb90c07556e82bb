internal import CLibBPF
internal import LinuxSystem

/// libbpf's linker at work on one object.
@safe
struct LinkerHandle: ~Copyable {
  private let linker: OpaquePointer

  /// Begins an object in the file at `path`; nil if that cannot be written, and errno says why.
  init?(path: String) {
    guard let linker = unsafe path.withCString({ unsafe bpf_linker__new($0, nil) }) else {
      return nil
    }
    unsafe self.linker = unsafe linker
  }

  deinit { unsafe bpf_linker__free(linker) }

  /// Adds the object in a file; the error if it does not fit.
  borrowing func add(_ path: String) -> SystemError? {
    let answer = unsafe path.withCString { unsafe bpf_linker__add_file(linker, $0, nil) }
    return answer == 0
      ? nil : SystemError(operation: "bpf_linker__add_file", subject: path, errno: -answer)
  }

  /// Writes the object; the error if that cannot be done.
  borrowing func finish() -> SystemError? {
    let answer = unsafe bpf_linker__finalize(linker)
    return answer == 0
      ? nil : SystemError(operation: "bpf_linker__finalize", subject: "object", errno: -answer)
  }
}
