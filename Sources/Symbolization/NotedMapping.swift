internal import SystemText

/// A mapping of executable memory that was told while its process lived.
package struct NotedMapping: Hashable, Sendable {
  let region: MemoryMap.Region

  /// - Parameters:
  ///   - fileOffset: Where in the file it begins.
  ///   - inode: Zero where there is no file.
  ///   - path: As the process sees it; `//anon` and the like without a file.
  package init(
    start: UInt64, size: UInt64, fileOffset: UInt64, device: (major: UInt32, minor: UInt32),
    inode: UInt64, path: [UInt8]
  ) {
    var text = String(systemBytes: path)
    let isDeleted = text.removeDeletionMark()
    region = MemoryMap.Region(
      start: start, end: start.addingReportingOverflow(size).overflow ? start : start + size,
      isExecutable: true, fileOffset: fileOffset,
      file: MappedFile(
        device: MemoryMap.device(major: device.major, minor: device.minor), inode: inode,
        path: inode == 0 && text.hasPrefix("//") ? "" : text, isDeleted: isDeleted))
  }
}

extension MemoryMap {
  /// As `/proc/PID/maps` writes it.
  static func device(major: UInt32, minor: UInt32) -> String {
    [major, minor].map { number in
      let digits = String(number, radix: 16)
      return digits.utf8.count < 2 ? "0" + digits : digits
    }.joined(separator: ":")
  }
}
