/// Why a manifest, or another file in its encoding, could not be read.
package enum ManifestError: Error, Hashable, Sendable {
  /// The bytes are not an ELF object with a manifest section.
  case notAnArtifact
  /// The bytes are in an older format that is not read any more.
  case olderFormat(found: Int, known: Int)
  /// The bytes are in a newer format that this release does not know.
  case newerFormat(found: Int, known: Int)
  /// The bytes use what only a newer release knows; the text says what, `by` who wrote them.
  case needsNewer(String, by: String? = nil)
  /// The bytes end early or make no sense; the text says where.
  case malformed(String)

  /// What is wrong, as a clause about `it`.
  package var clause: String {
    switch self {
    case .notAnArtifact: "it is not a compiled script"
    case .olderFormat(let found, let known):
      "it was made by an older release (its format is \(found), and this release reads \(known)), so "
        + "it has to be compiled again"
    case .newerFormat(let found, let known):
      "it was made by a newer release (its format is \(found), and this release reads \(known))"
    case .needsNewer(let what, let producer):
      "it was made by a newer release\(producer.map { " (\($0))" } ?? "") and needs \(what)"
    case .malformed(let what): "it is damaged (\(what))"
    }
  }
}
