/// Whether the kernel has something.
package enum FeatureAnswer: Hashable, Sendable {
  case yes
  /// It has not, or this process may not use it; the reason is the end of a sentence.
  case no(String)

  package var isYes: Bool { self == .yes }
}
