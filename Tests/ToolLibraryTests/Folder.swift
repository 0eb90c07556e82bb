import Foundation
import TraceModel

/// A folder of a test's own, removed with it.
final class Folder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("tools-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file below the folder and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String, executable: Bool = false) throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    if executable { try makeExecutable(url) }
    return url.path
  }

  /// Makes the file one that can be run at once.
  ///
  /// A file that is open for writing cannot be run, and a process that another test is just starting has
  /// copies of all our descriptors until it calls exec. So the file is one that only cp(1) wrote.
  private func makeExecutable(_ url: URL) throws {
    let written = url.appendingPathExtension("written")
    try FileManager.default.moveItem(at: url, to: written)
    let copy = try Process.run(
      URL(fileURLWithPath: "/bin/cp"), arguments: [written.path, url.path])
    copy.waitUntilExit()
    try FileManager.default.removeItem(at: written)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
  }

  @discardableResult
  func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
    try write(Array(text.utf8), to: name, executable: executable)
  }

  /// Makes a symbolic link below the folder and returns its path.
  func link(_ name: String, to target: String) throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: url.path, withDestinationPath: target)
    return url.path
  }

  /// The names in a folder below this one, sorted; none if it does not exist.
  func names(in name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []).sorted()
  }
}

/// An ELF image with nothing in it but a manifest.
func artifact(_ manifest: Manifest) -> [UInt8] {
  let contents = manifest.encoded
  let names = Array("\0\(ObjectSymbol.manifestSection)\0.shstrtab\0".utf8)
  func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  func section(_ name: Int, _ type: Int, _ offset: Int, _ size: Int) -> [UInt8] {
    number(name, 4) + number(type, 4) + number(0, 16) + number(offset, 8) + number(size, 8)
      + number(0, 24)
  }
  let namesAt = 64 + contents.count
  let headersAt = (namesAt + names.count + 7) / 8 * 8
  var image: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
  image += number(1, 2) + number(247, 2) + number(1, 4) + number(0, 16) + number(headersAt, 8)
  image += number(0, 4) + number(64, 2) + number(0, 4) + number(64, 2) + number(3, 2) + number(2, 2)
  image += contents + names
  image += [UInt8](repeating: 0, count: headersAt - image.count)
  image += section(0, 0, 0, 0)
  image += section(1, 1, 64, contents.count)
  image += section(2 + ObjectSymbol.manifestSection.utf8.count, 3, namesAt, names.count)
  return image
}

/// A manifest of a script of that text.
func manifest(of script: String, architecture: String = "x86_64") -> Manifest {
  var manifest = Manifest(script: "tool.bt", producer: "a test", architecture: architecture)
  manifest.sourceDigest = SourceDigest(of: script.utf8).description
  return manifest
}
