internal import LinuxSystem

/// The files by which the kernel keeps programs, links and maps when nobody holds them.
package enum BPFFilesystem {
  /// Where it is mounted, by convention.
  private static let root = "/sys/fs/bpf"

  /// Where a path of a script is, which may be relative to the filesystem.
  package static func path(_ path: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : "\(root)/\(path)"
  }

  /// Mounts it where it usually is, if a path is below that and nothing is mounted there yet.
  ///
  /// - Returns: Whether it is there now and was not before.
  static func mount(for path: String) -> Bool {
    guard path.utf8.starts(with: "\(root)/".utf8) else { return false }
    do throws(SystemError) {
      let isMounted =
        try FileSystem.info(of: root).device != FileSystem.info(of: "/sys/fs").device
      if isMounted { return false }
      try FileSystem.mount("bpf", at: root)
      return true
    } catch { return false }
  }
}
