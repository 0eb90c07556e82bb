/// Names one `SourceFile` among those of a compilation.
package struct FileID: Hashable, Sendable {
  /// The file's index in its `SourceMap`.
  package let index: UInt32

  /// The id of the file at `index` of a `SourceMap`.
  package init(_ index: Int) { self.index = UInt32(index) }

  /// The first file, that is the script itself.
  package static let script = FileID(0)
}

/// A place in a file as people count: both from 1, columns in bytes.
package struct SourcePosition: Hashable, Comparable, Sendable {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A source text: its name in messages, its bytes, and where its lines begin.
package struct SourceFile: Sendable {
  /// Which file of its `SourceMap` this is.
  package let id: FileID
  /// What messages call it: a path, or `stdin` for a script given on the command line.
  package let name: String
  /// The text as it was read; any bytes.
  package let bytes: [UInt8]
  /// The offset of each line's first byte; there is always a first line.
  package let lineStarts: [Int]
  /// Whether it is part of the program, so that nobody who reads a message has it.
  package var isBuiltIn = false
  /// Which lines come from other files, ascending.
  private let origins: [Origin]

  /// From one line on, the lines are those of another file.
  private struct Origin: Hashable {
    /// The first line that comes from there, counted from 1.
    var line: Int
    var name: String
    /// What number it has there.
    var number: Int
  }

  /// A file of these bytes; `id` must be the one under which a `SourceMap` holds it.
  ///
  /// - Parameter hasLineMarkers: Whether lines such as `# 12 "file.h"` say where what follows them
  ///   comes from, as C preprocessors write it.
  package init(
    id: FileID = .script, name: String, bytes: [UInt8], hasLineMarkers: Bool = false
  ) {
    self.id = id
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    self.lineStarts = starts
    origins = hasLineMarkers ? Self.origins(in: bytes, starts) : []
  }

  /// Whether lines of it say from where they are.
  package var hasLineMarkers: Bool { !origins.isEmpty }

  /// A file of the UTF-8 bytes of `text`.
  package init(id: FileID = .script, name: String, text: String) {
    self.init(id: id, name: name, bytes: Array(text.utf8))
  }

  /// The range that covers the whole file.
  package var range: SourceRange { SourceRange(file: id, 0..<bytes.count) }

  /// Returns the position of the byte at `offset`, which may be one past the last byte.
  package func position(of offset: Int) -> SourcePosition {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return SourcePosition(line: low + 1, column: offset - lineStarts[low] + 1)
  }

  /// Returns the name and line, counted from 1, by which people know a line of this text.
  package func origin(ofLine line: Int) -> (name: String, line: Int) {
    var low = 0
    var high = origins.count
    while low < high {
      let middle = (low + high) / 2
      if origins[middle].line <= line { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return (name, line) }
    let last = origins[low - 1]
    return (last.name, last.number + line - last.line)
  }

  /// What the lines `# NUMBER "NAME"` say.
  private static func origins(in bytes: [UInt8], _ starts: [Int]) -> [Origin] {
    var result: [Origin] = []
    for (index, start) in starts.enumerated()
    where bytes[start...].starts(with: [UInt8(ascii: "#"), UInt8(ascii: " ")]) {
      let end = index + 1 < starts.count ? starts[index + 1] - 1 : bytes.count
      let text = String(decoding: bytes[start + 2..<end], as: UTF8.self)
      let parts = text.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, let number = Int(parts[0].filter { $0 != " " }) else { continue }
      result.append(Origin(line: index + 2, name: String(parts[1]), number: number))
    }
    return result
  }

  /// Returns the bytes of a line (counted from 1) without its line end; empty if there is none.
  package func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= lineStarts.count else { return [] }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<end]
  }

  /// Returns the bytes of `range`, cut to the file's length.
  package func bytes(in range: SourceRange) -> ArraySlice<UInt8> {
    let start = min(range.start, bytes.count)
    return bytes[start..<max(start, min(range.end, bytes.count))]
  }

  /// Returns the text of `range`; bytes that are not UTF-8 become U+FFFD.
  package func text(in range: SourceRange) -> String {
    String(decoding: bytes(in: range), as: UTF8.self)
  }
}

/// A stretch of bytes of one file.
package struct SourceRange: Hashable, Sendable {
  /// The file the offsets count in.
  package let file: FileID
  private let startOffset: UInt32
  private let endOffset: UInt32

  /// The bytes `offsets` of `file`.
  package init(file: FileID, _ offsets: Range<Int>) {
    self.file = file
    self.startOffset = UInt32(clamping: offsets.lowerBound)
    self.endOffset = UInt32(clamping: offsets.upperBound)
  }

  /// The offset of the first byte.
  package var start: Int { Int(startOffset) }
  /// The offset after the last byte; equal to `start` for a mere place.
  package var end: Int { Int(endOffset) }
  package var isEmpty: Bool { startOffset == endOffset }

  /// Returns the smallest range of `self.file` with both; a range of another file is ignored.
  package func union(_ other: SourceRange) -> SourceRange {
    guard other.file == file else { return self }
    return SourceRange(file: file, min(start, other.start)..<max(end, other.end))
  }

  /// Returns the range from this one's start to the other's end (of the same file).
  package func through(_ other: SourceRange) -> SourceRange {
    guard other.file == file else { return self }
    return SourceRange(file: file, start..<max(start, other.end))
  }

  /// Returns the first `count` bytes of this range.
  package func prefix(_ count: Int) -> SourceRange {
    SourceRange(file: file, start..<min(end, start + count))
  }
}

/// All files of a compilation: the script, its imports, the library's, definitions given by option.
package struct SourceMap: Sendable {
  /// The files, each at the index its id names.
  package private(set) var files: [SourceFile] = []

  package init() {}

  /// A map that holds `file` alone, whose id must be `.script`.
  package init(_ file: SourceFile) {
    precondition(file.id == .script, "the only file of a map must have the first id")
    files = [file]
  }

  /// Adds a text and returns it as a file with the next free id.
  @discardableResult
  package mutating func add(
    name: String, bytes: [UInt8], hasLineMarkers: Bool = false
  ) -> SourceFile {
    let file = SourceFile(
      id: FileID(files.count), name: name, bytes: bytes, hasLineMarkers: hasLineMarkers)
    files.append(file)
    return file
  }

  /// Adds a text that is part of the program and returns the id of its file.
  package mutating func add(builtIn name: String, bytes: [UInt8]) -> FileID {
    let id = add(name: name, bytes: bytes).id
    files[files.count - 1].isBuiltIn = true
    return id
  }

  /// Returns the place in what people wrote, and what that was expanded from, of a place that was expanded
  /// from `uses`, innermost first.
  package func written(_ range: SourceRange, expandedFrom uses: [SourceRange]) -> (
    range: SourceRange, uses: [SourceRange]
  ) {
    func isBuiltIn(_ range: SourceRange) -> Bool { self[range.file]?.isBuiltIn ?? false }
    guard isBuiltIn(range), let first = uses.firstIndex(where: { !isBuiltIn($0) }) else {
      return (range, uses)
    }
    return (uses[first], Array(uses[(first + 1)...]))
  }

  /// Adds the UTF-8 bytes of a text and returns them as a file with the next free id.
  @discardableResult
  package mutating func add(name: String, text: String) -> SourceFile {
    add(name: name, bytes: Array(text.utf8))
  }

  /// The file of that id, nil if it was never added.
  package subscript(id: FileID) -> SourceFile? {
    Int(id.index) < files.count ? files[Int(id.index)] : nil
  }
}
