internal import LinuxSystem
internal import Output
internal import SystemText
internal import TraceModel

extension EventHandler {
  /// `cat`: shows the beginning of a file.
  func showFile(_ path: [UInt8]) {
    let path = String(systemBytes: path)
    let limit = Int(clamping: manifest.configuration.maxCatBytes)
    do {
      outlet.emit(.text(.cat, try Self.beginning(of: path, limit: limit)))
    } catch {
      outlet.emit(.message(.error, "failed to open file '\(path)' (\(error.reason))"))
    }
  }

  /// At most `limit` bytes; files in /proc give them in portions.
  private static func beginning(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor(opening: path)
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let portion = try file.read(upTo: min(limit - bytes.count, 64 * 1024))
      if portion.isEmpty { break }
      bytes.append(contentsOf: portion)
    }
    return bytes
  }
}
