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
  case noTracefs(Surroundings)
  /// tracefs is at `path`, and this user may not look into it.
  case tracefsDenied(path: String, Surroundings)
  /// The kernel's own types are not there, or not to be seen.
  case noKernelTypes(Surroundings)
  /// Addresses in the symbol list are all zero: `kptr_restrict` hides them from this user.
  case addressesHidden
}

extension MachineError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let error): "\(error)"
    case .badBTF(let error, let module): "BTF of \(module): \(error)"
    case .malformed(let path, let reason): "\(path): \(reason)"
    case .badObject(let error, _): "\(error)"
    case .noTracefs(let surroundings):
      "tracefs is not mounted, "
        + surroundings.plea(
          flags: "-v /sys/kernel/tracing:/sys/kernel/tracing",
          host: "run mount -t tracefs tracefs /sys/kernel/tracing")
    case .tracefsDenied(let path, let surroundings):
      "tracefs (\(path)) cannot be read by this user, "
        + surroundings.plea(flags: "--user 0", host: "run as the root user")
    case .noKernelTypes(let surroundings):
      "the kernel's type information (/sys/kernel/btf/vmlinux) is missing, "
        + surroundings.plea(
          flags: "-v /sys/kernel/btf:/sys/kernel/btf:ro",
          host: "boot a kernel that is built with CONFIG_DEBUG_INFO_BTF=y")
    case .addressesHidden: "kernel addresses are hidden (kernel.kptr_restrict)"
    }
  }
}
