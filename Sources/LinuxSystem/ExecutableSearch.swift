/// Finding programs as a shell does.
package enum ExecutableSearch {
  /// Every executable of that name in the folders of `path`; a name with a slash stands for itself.
  ///
  /// - Parameter path: Folders between colons; PATH of the environment unless given.
  package static func all(_ name: String, path: String? = nil) -> [String] {
    if name.contains("/") { return FileSystem.isExecutable(name) ? [name] : [] }
    guard !name.isEmpty else { return [] }
    let folders = path ?? Environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    var found: [String] = []
    for folder in folders.split(separator: ":", omittingEmptySubsequences: false) {
      let candidate = (folder.isEmpty ? "." : String(folder)) + "/" + name
      if FileSystem.isExecutable(candidate), !found.contains(candidate) {
        found.append(candidate)
      }
    }
    return found
  }

  /// The first executable of that name; nil if there is none.
  package static func first(_ name: String, path: String? = nil) -> String? {
    all(name, path: path).first
  }
}
