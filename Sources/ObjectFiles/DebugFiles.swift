internal import LinuxSystem

/// Where distributions put what they stripped from their binaries.
package enum DebugFiles {
  /// The installed debug file of `binary`: by build id, else by the name in `.gnu_debuglink`, whose
  /// checksum has to agree.
  ///
  /// - Parameters:
  ///   - root: The folder that shows the file system the binary lives in; empty for ours.
  ///   - folders: Where to look first, in our file system; those without a leading slash are beside
  ///     the binary.
  /// - Returns: nil if none is installed or none can be read.
  package static func find(
    for binary: ELFFile, root: String = "", folders: [String] = []
  ) -> ELFFile? {
    if let id = (try? binary.buildID()) ?? nil, id.bytes.count > 1 {
      let digits = id.description
      let name = ".build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug"
      for folder in folders.filter({ $0.hasPrefix("/") }) + ["\(root)/usr/lib/debug"] {
        let path = "\(folder)/\(name)"
        if FileSystem.exists(path), let file = try? ELFFile(path),
          ((try? file.buildID()) ?? nil) == id
        {
          return file
        }
      }
    }
    guard let link = (try? binary.debugLink()) ?? nil, !link.name.contains("/"),
      let slash = binary.path.lastIndex(of: "/")
    else { return nil }
    let folder = String(binary.path[..<slash])
    let inside = folder.hasPrefix(root) ? String(folder.dropFirst(root.count)) : folder
    let added = folders.flatMap { added in
      added.hasPrefix("/")
        ? ["\(added)\(inside)/\(link.name)", "\(added)/\(link.name)"]
        : ["\(folder)/\(added)/\(link.name)"]
    }
    for path in added + [
      "\(folder)/\(link.name)", "\(folder)/.debug/\(link.name)",
      "\(root)/usr/lib/debug\(inside)/\(link.name)",
    ] where path != binary.path && FileSystem.isRegularFile(path) {
      guard let bytes = try? FileSystem.read(path), Zlib.crc32(bytes) == link.checksum,
        let file = try? ELFFile(bytes: bytes, name: path)
      else { continue }
      return file
    }
    return nil
  }

  /// The file that `dwz` moved what several debug files have in common to, named by `.gnu_debugaltlink`.
  ///
  /// - Returns: nil if `file` shares nothing.
  static func findShared(for file: ELFFile) throws(ObjectFileError) -> ELFFile? {
    guard let section = file.section(named: ".gnu_debugaltlink") else { return nil }
    let bytes = try file.contents(of: section)
    guard let name = bytes.text(at: 0) else { throw file.malformed(".gnu_debugaltlink is cut off") }
    let id = BuildID(Array(bytes.dropFirst(name.utf8.count + 1)))
    let folder = file.path.lastIndex(of: "/").map { String(file.path[..<$0]) } ?? "."
    let digits = id.description
    for path in [
      name.hasPrefix("/") ? name : "\(folder)/\(name)",
      "/usr/lib/debug/.dwz/\(name.split(separator: "/").last ?? "")",
      "/usr/lib/debug/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug",
    ] where FileSystem.isRegularFile(path) {
      let found = try ELFFile(path)
      if try found.buildID() == id { return found }
    }
    throw file.malformed("\(name), which it shares with other files, is not there")
  }
}

extension ELFFile {
  /// The name and the checksum of the debug file that was split off; nil if none was.
  package func debugLink() throws(ObjectFileError) -> (name: String, checksum: UInt32)? {
    guard let section = section(named: ".gnu_debuglink") else { return nil }
    let bytes = try contents(of: section)
    guard let name = bytes.text(at: 0),
      let checksum = layout.int(bytes, at: (name.utf8.count + 4) & ~3)
    else { throw malformed(".gnu_debuglink is cut off") }
    return (name, checksum)
  }
}
