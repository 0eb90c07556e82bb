/// Paths of files, which are never looked up here.
extension String {
  /// The path of the folder that a file is in: `/` of `/file`, `.` of `file`.
  package var folderOfFile: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// The path of another file, as it is named from the folder that this one is in: `x/b` for `b` beside
  /// `x/a`, `./b` beside `a`, and `/b` for `/b` beside any.
  package func fileBeside(_ name: String) -> String {
    if name.hasPrefix("/") { return name }
    let folder = folderOfFile
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}
