/// A text whose line breaks are chosen when it is written.
///
/// What stands in a group is written on one line if it fits; if not, each space and each break of the
/// group itself becomes a line end.
indirect enum Layout {
  /// Bytes without a line end.
  case text([UInt8])
  case sequence([Layout])
  /// A space, or a line end.
  case space
  /// Line ends, whatever fits.
  case lineEnds(Int)
  /// More indentation after line ends inside.
  case indented(Layout)
  /// Line ends inside go to the column at which this begins.
  case aligned(Layout)
  case group(Layout)
  /// Things with a space or a line end between any two, as many on a line as fit.
  case fill([Layout])
  /// Lines of the source. When the first moves, the others do, by as many columns.
  case source([ArraySlice<UInt8>], column: Int)
  /// Bytes of the source in which every one counts, line ends too.
  case verbatim([UInt8])

  /// The UTF-8 bytes of a text without a line end.
  static func text(_ text: String) -> Layout { .text(Array(text.utf8)) }
}

/// A layout while it is written.
struct LayoutWriter {
  /// No line is longer, if it can be broken.
  static let width = 100
  static let step = 2

  private(set) var bytes: [UInt8] = []
  private var column = 0
  /// Spaces that come before the next byte.
  private var pendingSpaces = 0

  private struct Frame {
    var layout: Layout
    var indent: Int
    var isFlat: Bool
  }

  mutating func write(_ layout: Layout) {
    var frames = [Frame(layout: layout, indent: 0, isFlat: false)]
    while let frame = frames.popLast() {
      switch frame.layout {
      case .text(let text): add(text[...])
      case .sequence(let parts):
        for part in parts.reversed() {
          frames.append(Frame(layout: part, indent: frame.indent, isFlat: frame.isFlat))
        }
      case .space: if frame.isFlat { add([0x20]) } else { endLines(1, indent: frame.indent) }
      case .lineEnds(let count): endLines(count, indent: frame.indent)
      case .indented(let inner):
        frames.append(
          Frame(layout: inner, indent: frame.indent + Self.step, isFlat: frame.isFlat))
      case .aligned(let inner):
        frames.append(Frame(layout: inner, indent: column, isFlat: frame.isFlat))
      case .group(let inner):
        let room = Self.width - column
        let isFlat = frame.isFlat || fits(inner, frames, room)
        frames.append(Frame(layout: inner, indent: frame.indent, isFlat: isFlat))
      case .fill(let parts): write(fill: parts, frame, &frames)
      case .source(let lines, let first): add(lines, from: first)
      case .verbatim(let text):
        add(text[...])
        if let end = text.lastIndex(of: UInt8(ascii: "\n")) { column = text[(end + 1)...].columns }
      }
    }
  }

  /// The first part; the others are a fill again.
  private mutating func write(fill parts: [Layout], _ frame: Frame, _ frames: inout [Frame]) {
    // By index, so that long fills are not copied over and over.
    var laidOut: [Frame] = []
    var column = column
    for (index, part) in parts.enumerated() {
      let width = flatWidth(part, limit: Self.width)
      if index > 0 {
        let isLast = index == parts.count - 1
        // Behind the last there are a bracket and perhaps a semicolon.
        let fits = width.map { column + 1 + $0 + (isLast ? 2 : 0) <= Self.width } ?? false
        laidOut.append(Frame(layout: .space, indent: frame.indent, isFlat: frame.isFlat || fits))
        column = frame.isFlat || fits ? column + 1 : frame.indent
      }
      column += width ?? Self.width
      laidOut.append(Frame(layout: part, indent: frame.indent, isFlat: frame.isFlat))
    }
    frames += laidOut.reversed()
  }

  /// Whether a layout, written flat, fits with what follows it up to where a line may end.
  private func fits(_ layout: Layout, _ rest: [Frame], _ room: Int) -> Bool {
    guard let width = flatWidth(layout, limit: room) else { return false }
    var room = room - width
    var index = rest.count
    while room >= 0, index > 0 {
      index -= 1
      switch rest[index].layout {
      case .text(let text): room -= text.columns
      case .space, .lineEnds: return true
      case .sequence, .indented, .aligned, .group, .fill, .source, .verbatim:
        // Whatever it is, a short beginning of it has room.
        return firstWidth(rest[index].layout) <= room
      }
    }
    return room >= 0
  }

  /// The columns of the text with which a layout begins.
  private func firstWidth(_ layout: Layout) -> Int {
    switch layout {
    case .text(let text): text.columns
    case .sequence(let parts), .fill(let parts): parts.first.map(firstWidth) ?? 0
    case .indented(let inner), .aligned(let inner), .group(let inner): firstWidth(inner)
    case .space, .lineEnds, .source, .verbatim: 0
    }
  }

  /// Returns the columns of a layout written on one line; nil if that cannot be or is over the limit.
  private func flatWidth(_ layout: Layout, limit: Int) -> Int? {
    var width = 0
    var pending = [layout]
    while let next = pending.popLast() {
      switch next {
      case .text(let text): width += text.columns
      case .sequence(let parts): pending += parts.reversed()
      case .space: width += 1
      case .lineEnds: return nil
      case .indented(let inner), .aligned(let inner), .group(let inner): pending.append(inner)
      case .fill(let parts):
        width += max(0, parts.count - 1)
        pending += parts.reversed()
      case .source(let lines, _):
        guard lines.count == 1 else { return nil }
        width += lines[0].columns
      case .verbatim(let text):
        guard !text.contains(UInt8(ascii: "\n")) else { return nil }
        width += text.columns
      }
      if width > limit { return nil }
    }
    return width
  }

  // MARK: Bytes

  private mutating func add(_ text: ArraySlice<UInt8>) {
    guard !text.isEmpty else { return }
    bytes += Array(repeating: 0x20, count: pendingSpaces)
    pendingSpaces = 0
    bytes += text
    column += text.columns
  }

  private mutating func endLines(_ count: Int, indent: Int) {
    bytes += Array(repeating: UInt8(ascii: "\n"), count: count)
    column = indent
    pendingSpaces = indent
  }

  private mutating func add(_ lines: [ArraySlice<UInt8>], from first: Int) {
    let shift = column - first
    for (index, line) in lines.enumerated() {
      if index == 0 {
        add(line)
        continue
      }
      let text = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      let indent = max(0, line.count - text.count + shift)
      endLines(1, indent: indent)
      if text.isEmpty { pendingSpaces = 0 }
      add(text)
    }
  }
}

extension Collection<UInt8> {
  /// The columns that the text takes: the later bytes of a UTF-8 character take none.
  fileprivate var columns: Int { count { $0 & 0xc0 != 0x80 } }
}
