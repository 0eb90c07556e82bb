package import LinuxSystem

/// Why an object file cannot be read.
package enum ObjectFileError: Error, Hashable, Sendable {
  /// The file cannot be opened or read.
  case system(SystemError)
  /// The file is something else than ELF.
  case notELF(path: String)
  /// The file contradicts itself.
  case malformed(path: String, what: String)
  /// The file uses something that we do not read.
  case unsupported(path: String, what: String)
}

extension ObjectFileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let error): error.description
    case .notELF(let path): "\(path): not an ELF file"
    case .malformed(let path, let what): "\(path): malformed ELF file: \(what)"
    case .unsupported(let path, let what): "\(path): \(what) is not supported"
    }
  }
}
