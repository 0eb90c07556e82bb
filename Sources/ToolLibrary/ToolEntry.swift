internal import LinuxSystem
package import TraceModel

/// What can be told of a tool without running it. Of an artifact its manifest alone is read; of a script
/// without one, the comments at its top.
package struct ToolEntry: Sendable {
  package let tool: Tool
  package let manual: ToolManual
  /// Nil where nothing is compiled.
  package let manifest: Manifest?
  package let subject: ToolSubject?

  package var summary: String { manual.summary }
  package var aliases: [ToolAlias] { manifest?.aliases ?? [] }

  package init(of tool: Tool) {
    self.tool = tool
    let manifest = Self.manifest(of: tool)
    self.manifest = manifest
    // Whoever edits a script sees what it says now.
    if let script = tool.script, manifest == nil || Self.isNewer(script, than: tool.artifact),
      let text = try? FileSystem.read(script)
    {
      manual = ToolManual(script: text)
      subject = ToolSubject(ofScript: text)
    } else {
      manual = ToolManual(manifest?.manual ?? "")
      subject = manifest?.subject
    }
  }

  /// The manifest of the artifact; nil if there is none, or none that makes sense.
  static func manifest(of tool: Tool) -> Manifest? {
    guard let path = tool.artifact, let file = try? ReadableFile(path) else { return nil }
    return try? Manifest(ofFileWith: file.size) { file.read($0) }
  }

  private static func isNewer(_ script: String, than artifact: String?) -> Bool {
    guard let artifact, let made = try? FileSystem.info(of: artifact).modified,
      let written = try? FileSystem.info(of: script).modified
    else { return true }
    return written > made
  }
}

/// A file that is read in parts.
private final class ReadableFile {
  let size: Int
  private let descriptor: FileDescriptor

  init(_ path: String) throws(SystemError) {
    descriptor = try FileDescriptor(opening: path)
    size = Int(clamping: try descriptor.info().sizeInBytes)
  }

  func read(_ range: Range<Int>) -> [UInt8]? {
    try? descriptor.read(upTo: range.count, at: UInt64(range.lowerBound))
  }
}
