internal import Glibc

extension CurrentProcess {
  /// Unmaps the pages of programs and libraries that nobody can have written to: those that are needed again are
  /// mapped again, mostly from memory.
  ///
  /// To start takes other code than to run, and each page that is touched brings fifteen others along.
  package static func unmapCleanPages() throws(SystemError) {
    let pages = try FileDescriptor(opening: "/proc/self/pagemap")
    for line in try FileSystem.readText("/proc/self/maps").split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      // What may be written to could be, by another thread, after it was found to be clean. The path is filled up
      // with spaces on its left.
      guard fields.count == 6, fields[1].hasSuffix("p"), !fields[1].contains("w"),
        fields[5].first(where: { $0 != " " }) == "/"
      else { continue }
      let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1] else { continue }
      let range = (ends[0] / Machine.pageSize)..<(ends[1] / Machine.pageSize)
      try unmapCleanPages(range, pages)
    }
  }

  /// - Parameter range: Numbers of pages.
  private static func unmapCleanPages(
    _ range: Range<Int>, _ pages: borrowing FileDescriptor
  ) throws(SystemError) {
    let states = try pages.read(upTo: 8 * range.count, at: UInt64(8 * range.lowerBound))
    let isClean = (0..<(states.count / 8)).map { page in
      // In the upper byte: present, and of a file rather than a copy.
      states[8 * page + 7] & 0b1010_0000 == 0b1010_0000
    }
    var start = 0
    while let first = isClean[start...].firstIndex(of: true) {
      let end = isClean[first...].firstIndex(of: false) ?? isClean.count
      let address = (range.lowerBound + first) * Machine.pageSize
      // A range that may not be unmapped stays.
      _ = unsafe madvise(
        UnsafeMutableRawPointer(bitPattern: address), (end - first) * Machine.pageSize,
        MADV_DONTNEED)
      start = end
    }
  }
}
