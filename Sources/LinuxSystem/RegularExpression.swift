internal import Glibc

/// An extended regular expression of POSIX.
@safe
package final class RegularExpression: Sendable {
  /// As it was written.
  package let pattern: String
  // Compiled once and only read from then on, which regexec(3) may do from anywhere.
  nonisolated(unsafe) private let compiled: UnsafeMutablePointer<regex_t>

  /// Nil if the pattern is not a regular expression.
  package init?(_ pattern: String) {
    let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    let answer = unsafe pattern.withSystemCString {
      unsafe regcomp(compiled, $0, REG_EXTENDED | REG_NOSUB)
    }
    guard answer == 0 else {
      unsafe compiled.deallocate()
      return nil
    }
    self.pattern = pattern
    unsafe self.compiled = unsafe compiled
  }

  deinit {
    unsafe regfree(compiled)
    unsafe compiled.deallocate()
  }

  /// Whether some part of `text` matches.
  package func matches(_ text: String) -> Bool {
    unsafe text.withSystemCString { unsafe regexec(compiled, $0, 0, nil, 0) } == 0
  }
}

extension RegularExpression: Equatable {
  package static func == (a: RegularExpression, b: RegularExpression) -> Bool {
    a.pattern == b.pattern
  }
}
