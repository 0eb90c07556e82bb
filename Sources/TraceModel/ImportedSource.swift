/// A file that a script has a part of its text from: an import, or a header beside it.
package struct ImportedSource: Hashable, Sendable {
  /// Its path; one that does not begin with `/` starts in the folder of the script.
  package var path: String
  /// The fingerprint of its text, as of the script's own.
  package var digest: String

  package init(path: String, digest: String) {
    self.path = path
    self.digest = digest
  }
}

extension ImportedSource: WireStruct {
  package static let wireName = "imported file"

  package static let blank = ImportedSource(path: "", digest: "")

  package static let wireFields: [WireField<ImportedSource>] = [
    WireField(1, "path", \.path),
    WireField(2, "digest", \.digest),
  ]
}
