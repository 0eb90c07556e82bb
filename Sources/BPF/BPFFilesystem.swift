/// The files by which the kernel keeps programs, links and maps when nobody holds them.
package enum BPFFilesystem {
  /// Where it is mounted, by convention.
  private static let root = "/sys/fs/bpf"

  /// Where a path of a script is, which may be relative to the filesystem.
  package static func path(_ path: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : "\(root)/\(path)"
  }
}
