/// A path that may lead into an archive: `/data/app.apk!/lib/x86_64/libapp.so`.
package struct MemberPath: Hashable, Sendable {
  /// The file that can be opened.
  package let file: String
  /// The name of the member in it; nil for the file itself.
  package let member: String?

  private static let separator = "!/"

  package init(_ path: String) {
    let bytes = Array(path.utf8)
    let separator = Array(Self.separator.utf8)
    let start = bytes.indices.first { index in
      index + separator.count < bytes.count
        && bytes[index..<(index + separator.count)].elementsEqual(separator)
    }
    guard let start else {
      file = path
      member = nil
      return
    }
    file = String(path.utf8.prefix(start)) ?? path
    member = String(path.utf8.dropFirst(start + separator.count))
  }
}
