internal import LinuxSystem

/// Which units can be about a function of a name, found out without reading their entries: a kernel has millions.
///
/// An entry has its name where it stands, or says where in `.debug_str` it is. A unit that has neither among its
/// bytes can only mean the function by where another unit describes it, which then is among its bytes.
struct NameFilter {
  private let info: [UInt8]
  private var patterns: [[UInt8]]

  /// - Returns: nil if names are reached in other ways too, so that all units have to be read.
  init?(_ name: String, in image: DWARFImage) {
    guard !image.isBigEndian, !image.isSplit, image.section("str_offsets").isEmpty,
      image.section("addr").isEmpty, image.shared == nil
    else { return nil }
    let text = Array(name.utf8) + [0]
    // A linker keeps a text that others end with only once.
    let offsets = image.section("str").offsets(of: text)
    guard offsets.count <= Self.mostPatterns else { return nil }
    info = image.section("info")
    patterns = [text] + offsets.map(Self.word)
  }

  private static let mostPatterns = 64

  /// An offset as it stands in a section, or its lower half where offsets have 8 bytes.
  private static func word(_ offset: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: offset >> (8 * $0)) }
  }

  func matches(_ header: DWARFUnitHeader) -> Bool {
    patterns.contains {
      info.firstOffset(of: $0, in: header.firstEntry..<header.end) != nil
    }
  }

  /// The filter for units that refer to entries of others, by where these are in the section.
  func referring(to entries: Set<Int>) -> NameFilter {
    var filter = self
    filter.patterns = entries.sorted().map(Self.word)
    return filter
  }
}
