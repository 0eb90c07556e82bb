package import BTF
package import LinuxSystem
package import ObjectFiles

/// Why the machine could not answer.
package enum MachineError: Error, Hashable, Sendable {
  /// A file could not be read, and there is no other source.
  case system(SystemError)
  /// The type information of `module` (`vmlinux` for the kernel itself) makes no sense.
  case badBTF(BTFError, module: String)
  /// A file of the kernel is not what it should be.
  case malformed(path: String, reason: String)
  /// The binary at `path` cannot be used.
  case badObject(ObjectFileError, path: String)
  /// There is no tracefs under the root: neither of the two usual folders has `events`.
  case noTracefs
  /// Addresses in the symbol list are all zero: `kptr_restrict` hides them from this user.
  case addressesHidden
}

extension MachineError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let error): "\(error)"
    case .badBTF(let error, let module): "BTF of \(module): \(error)"
    case .malformed(let path, let reason): "\(path): \(reason)"
    case .badObject(let error, let path): "\(path): \(error)"
    case .noTracefs: "tracefs is not mounted"
    case .addressesHidden: "kernel addresses are hidden (kernel.kptr_restrict)"
    }
  }
}
