/// A file that a script has a part of its text from: an import, or a header beside it; or a folder
/// whose files it imports.
package struct ImportedSource: Hashable, Sendable {
  /// Its path; one that does not begin with `/` starts in the folder of the script, and that of a folder
  /// ends with one.
  package var path: String
  /// The fingerprint of its text, as of the script's own; of a folder, of the names that can be
  /// imported.
  package var digest: String

  package init(path: String, digest: String) {
    self.path = path
    self.digest = digest
  }
}

extension ImportedSource {
  /// A folder in which there are files of these names.
  package init(folder: String, names: [String]) {
    let importable = names.filter { ImportKind(name: $0) != nil }.sorted()
    self.init(
      path: folder.hasSuffix("/") ? folder : folder + "/",
      digest: SourceDigest(of: importable.joined(separator: "\n").utf8).description)
  }

  package var isFolder: Bool { path.hasSuffix("/") }

  /// The same with a path that starts in the folder of a script, if it is there.
  package func beside(_ script: String) -> ImportedSource {
    let folder = script.lastIndex(of: "/").map { script[...$0] } ?? "./"
    guard path.hasPrefix(folder), path.count > folder.count else { return self }
    return ImportedSource(path: String(path.dropFirst(folder.count)), digest: digest)
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
