internal import CLinux
internal import Glibc

/// The words of the command line with which this process was started, the program's name first.
package enum ProcessArguments {
  /// The words; bytes that are no UTF-8 are kept (`SystemText`), which `CommandLine.arguments` does not.
  package static var all: [String] {
    unsafe UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
      .compactMap { word in
        guard let word = unsafe word else { return nil }
        return unsafe String(systemCString: word)
      }
  }
}

/// The environment variables this process was started with.
package enum Environment {
  /// The value of a variable; nil when it is not set.
  package static subscript(name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(systemCString: value)
  }

  /// All variables as `NAME=value`.
  package static var all: [String] {
    guard var next = unsafe clinux_environment() else { return [] }
    var variables: [String] = []
    while let entry = unsafe next.pointee {
      variables.append(unsafe String(systemCString: entry))
      unsafe next += 1
    }
    return variables
  }
}
