internal import SystemText

/// What a process has mapped, from `/proc/PID/maps`.
struct MemoryMap: Sendable {
  /// One range of addresses.
  struct Region: Hashable, Sendable {
    let start: UInt64
    let end: UInt64
    let isExecutable: Bool
    /// Where in the file the range begins.
    let fileOffset: UInt64
    let file: MappedFile

    /// `MAJOR:MINOR` as the kernel writes it.
    var device: String { file.device }
    /// Zero where no file is mapped.
    var inode: UInt64 { file.inode }
    /// The path as the process sees it, `[vdso]` and the like, or empty.
    var path: String { file.path }
    var isDeleted: Bool { file.isDeleted }

    /// Whether the code in it belongs to no file that has symbols.
    var isAnonymous: Bool { file.isAnonymous }

    /// The same in `file`, which is equal to its own.
    func `in`(_ file: MappedFile) -> Region {
      Region(
        start: start, end: end, isExecutable: isExecutable, fileOffset: fileOffset, file: file)
    }

    /// The part of it in `range`, which lies inside.
    fileprivate func cut(to range: Range<UInt64>) -> Region {
      Region(
        start: range.lowerBound, end: range.upperBound, isExecutable: isExecutable,
        fileOffset: fileOffset &+ (range.lowerBound - start), file: file)
    }
  }

  /// Ascending, none overlaps another; ranges that neither have a file nor can be executed are left out.
  private(set) var regions: [Region]

  /// - Parameter file: Returns what is equal to a file, so that it is in memory once.
  init(_ text: [UInt8], file: (MappedFile) -> MappedFile = { $0 }) {
    regions = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      Self.region(line).map { $0.in(file($0.file)) }
    }
    regions.sort { $0.start < $1.start }
  }

  /// A map with nothing in it.
  init() { regions = [] }

  /// More parts of memory without a file are not noted: they come and go, and what has gone is not told.
  static let mostRegions = 4096

  /// Adds a region, which takes the place of what was there.
  mutating func lay(_ region: Region) {
    guard region.start < region.end else { return }
    guard regions.count < Self.mostRegions || !region.isAnonymous else { return }
    var low = firstIndex(endingAbove: region.start)
    let first = low
    var pieces: [Region] = []
    while low < regions.count, regions[low].start < region.end {
      let old = regions[low]
      if old.start < region.start { pieces.append(old.cut(to: old.start..<region.start)) }
      if old.end > region.end { pieces.append(old.cut(to: region.end..<old.end)) }
      low += 1
    }
    let at = pieces.first.map { $0.start < region.start } == true ? 1 : 0
    pieces.insert(region, at: at)
    regions.replaceSubrange(first..<low, with: pieces)
  }

  /// Adds all regions of a map that is newer.
  mutating func lay(_ newer: MemoryMap) {
    for region in newer.regions { lay(region) }
  }

  /// The index of the first region that ends above `address`.
  private func firstIndex(endingAbove address: UInt64) -> Int {
    var (low, high) = (0, regions.count)
    while low < high {
      let middle = (low + high) / 2
      if regions[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The region that contains `address`.
  func region(at address: UInt64) -> Region? {
    let index = firstIndex(endingAbove: address)
    guard index < regions.count, regions[index].start <= address else { return nil }
    return regions[index]
  }

  /// `START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH`
  private static func region(_ line: ArraySlice<UInt8>) -> Region? {
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard fields.count >= 5 else { return nil }
    let ends = fields[0].split(separator: UInt8(ascii: "-"))
    guard ends.count == 2, let start = hexadecimal(ends[0]), let end = hexadecimal(ends[1]),
      start < end, fields[1].count >= 3, let offset = hexadecimal(fields[2]),
      let inode = UInt64(String(decoding: fields[4], as: UTF8.self))
    else { return nil }
    var path = ""
    if fields.count > 5 {
      path = unescaped(fields[5].drop { $0 == UInt8(ascii: " ") })
    }
    let isDeleted = path.removeDeletionMark()
    let isExecutable = fields[1][fields[1].startIndex + 2] == UInt8(ascii: "x")
    guard isExecutable || inode != 0 else { return nil }
    return Region(
      start: start, end: end, isExecutable: isExecutable, fileOffset: offset,
      file: MappedFile(
        device: String(decoding: fields[3], as: UTF8.self), inode: inode, path: path,
        isDeleted: isDeleted))
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// The kernel writes the end of a line inside a path as `\012`.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(systemBytes: Array(bytes))
    guard text.contains("\\") else { return text }
    var parts: [Substring] = []
    var rest = text[...]
    while let at = rest.firstIndex(of: "\\") {
      if rest[at...].hasPrefix("\\012") {
        parts += [rest[..<at], "\n"]
        rest = rest[at...].dropFirst(4)
      } else {
        parts.append(rest[...at])
        rest = rest[rest.index(after: at)...]
      }
    }
    return (parts + [rest]).joined()
  }
}

/// A file of which processes have something mapped, or what is there instead of one.
final class MappedFile: Hashable, Sendable {
  let device: String
  let inode: UInt64
  let path: String
  let isDeleted: Bool
  /// Whether it has no symbols, because it is memory only.
  let isAnonymous: Bool

  init(device: String, inode: UInt64, path: String, isDeleted: Bool) {
    self.device = device
    self.inode = inode
    self.path = path
    self.isDeleted = isDeleted
    isAnonymous =
      inode == 0 && !path.hasPrefix("/") || path.hasPrefix("/memfd:") || path.hasPrefix("//anon")
  }

  static func == (a: MappedFile, b: MappedFile) -> Bool {
    a === b
      || a.inode == b.inode && a.device == b.device && a.path == b.path
        && a.isDeleted == b.isDeleted
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(inode)
    hasher.combine(path)
  }
}

extension String {
  /// Removes what the kernel writes behind the path of a file that has no name any more; whether it was
  /// there.
  mutating func removeDeletionMark() -> Bool {
    let mark = " (deleted)"
    guard hasSuffix(mark) else { return false }
    removeLast(mark.count)
    return true
  }
}
