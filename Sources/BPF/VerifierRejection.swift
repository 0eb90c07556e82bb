/// A program that the kernel's verifier does not accept.
package struct VerifierRejection: Error, Hashable, Sendable {
  /// A line of the script, as the object's line info knows it.
  package struct ScriptLine: Hashable, Sendable {
    /// The file as the line info names it; nil when the log does not say.
    package var file: String?
    /// Counted from 1; nil when the log does not say.
    package var line: Int?
    package var text: String

    package init(file: String?, line: Int?, text: String) {
      self.file = file
      self.line = line
      self.text = text
    }
  }

  /// The program's symbol in the object; empty if the loader did not say.
  package let program: String
  /// The kernel's answer: EACCES or EINVAL for a program it finds wrong, E2BIG for one too complex,
  /// ENOSPC if the log did not fit.
  package let errno: CInt
  /// The whole log.
  package let log: String
  /// Its last telling lines.
  package let summary: [String]
  /// The script line of the instruction at which the verifier gave up.
  package let scriptLine: ScriptLine?
  /// Whether the log did not fit.
  package let isLogTruncated: Bool
}
