internal import CLinux
internal import Glibc

/// The environment variables this process was started with.
package enum Environment {
  /// The value of a variable; nil when it is not set.
  package static subscript(name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// All variables as `NAME=value`.
  package static var all: [String] {
    guard var next = unsafe clinux_environment() else { return [] }
    var variables: [String] = []
    while let entry = unsafe next.pointee {
      variables.append(unsafe String(cString: entry))
      unsafe next += 1
    }
    return variables
  }
}
