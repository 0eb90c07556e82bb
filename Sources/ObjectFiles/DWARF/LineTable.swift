/// Which lines the instructions of a unit were made of.
final class LineTable {
  /// From its address on, up to that of the next row.
  struct Row {
    var address: UInt64 = 0
    var file: UInt32 = 1
    var line: UInt32 = 1
    var column: UInt32 = 0
    /// Whether a statement starts there.
    var isStatement = false
    /// Whether the instructions end there.
    var isEnd = false
  }

  /// What one file is called, as far as it is known without its folder.
  private struct FileName {
    let name: String
    let folder: Int
  }

  private unowned let unit: DWARFUnit
  private let version: Int
  private let minimumLength: UInt64
  private let operationsPerInstruction: UInt64
  private let startsAsStatement: Bool
  private let lineBase: Int64
  private let lineRange: UInt64
  private let operandCounts: [UInt8]
  private var folders: [String] = []
  private var files: [FileName] = []
  private let program: Range<Int>
  private var knownRows: [Row]?

  /// - Returns: nil if it makes no sense.
  init?(_ unit: DWARFUnit, at offset: Int) {
    self.unit = unit
    var cursor = unit.image.cursor("line", at: offset)
    let (length, offsetSize) = cursor.unitLength()
    guard length <= UInt64(max(0, cursor.bytes.count - cursor.offset)) else { return nil }
    let end = cursor.offset + Int(length)
    version = Int(cursor.unsigned(size: 2))
    guard (2...5).contains(version) else { return nil }
    if version >= 5 { cursor.skip(2) }  // sizes of addresses and selectors
    let headerLength = cursor.unsigned(size: offsetSize)
    guard headerLength <= UInt64(max(0, end - cursor.offset)) else { return nil }
    let start = cursor.offset + Int(headerLength)
    minimumLength = UInt64(cursor.byte())
    operationsPerInstruction = version >= 4 ? max(1, UInt64(cursor.byte())) : 1
    startsAsStatement = cursor.byte() != 0
    lineBase = Int64(Int8(bitPattern: cursor.byte()))
    lineRange = UInt64(cursor.byte())
    let firstSpecial = cursor.byte()
    guard lineRange > 0, firstSpecial > 0 else { return nil }
    var counts: [UInt8] = []
    for _ in 1..<max(firstSpecial, 1) { counts.append(cursor.byte()) }
    operandCounts = counts
    program = start..<end
    if version >= 5 {
      folders = Self.names(&cursor, unit, offsetSize).map(\.name)
      files = Self.names(&cursor, unit, offsetSize)
    } else {
      folders = [unit.compilationFolder ?? ""]
      while !cursor.isAtEnd, let name = Self.inlineText(&cursor, unit), !name.isEmpty {
        folders.append(name)
      }
      files = [FileName(name: unit.root?.text(.name) ?? "", folder: 0)]
      while !cursor.isAtEnd, let name = Self.inlineText(&cursor, unit), !name.isEmpty {
        let folder = cursor.unsigned()
        _ = cursor.unsigned()
        _ = cursor.unsigned()
        files.append(FileName(name: name, folder: Int(clamping: folder)))
      }
    }
    if cursor.isDamaged { return nil }
  }

  private static func inlineText(_ cursor: inout DWARFCursor, _ unit: DWARFUnit) -> String? {
    cursor.bytes.text(at: cursor.skipText())
  }

  /// A table of folders or files, whose columns the file describes.
  private static func names(
    _ cursor: inout DWARFCursor, _ unit: DWARFUnit, _ offsetSize: Int
  ) -> [FileName] {
    var columns: [(content: UInt64, form: UInt64)] = []
    for _ in 0..<cursor.byte() { columns.append((cursor.unsigned(), cursor.unsigned())) }
    let count = cursor.unsigned()
    var names: [FileName] = []
    if columns.isEmpty { return [] }
    for _ in 0..<count {
      if cursor.isAtEnd { break }
      var name = ""
      var folder: UInt64 = 0
      for column in columns {
        switch column.form {
        case 0x08:
          let text = inlineText(&cursor, unit)
          if column.content == 1 { name = text ?? "" }
        case 0x0e, 0x1f, 0x1d:
          let offset = cursor.unsigned(size: offsetSize)
          if column.content == 1 {
            let text: DWARFText =
              column.form == 0x1f
              ? .lineTexts(offset) : column.form == 0x0e ? .texts(offset) : .shared(offset)
            name = unit.text(text) ?? ""
          }
        case 0x0b:
          let number = UInt64(cursor.byte())
          if column.content == 2 { folder = number }
        case 0x05:
          let number = cursor.unsigned(size: 2)
          if column.content == 2 { folder = number }
        case 0x0f:
          let number = cursor.unsigned()
          if column.content == 2 { folder = number }
        case 0x06: cursor.skip(4)
        case 0x07: cursor.skip(8)
        case 0x1e: cursor.skip(16)
        case 0x09: cursor.skip(cursor.unsigned())
        default: cursor.skip(.max)
        }
      }
      names.append(FileName(name: name, folder: Int(clamping: folder)))
    }
    return names
  }

  // MARK: Files

  var fileCount: Int { files.count }

  /// The path of a file, with its folder; nil if there is no such file.
  func path(_ file: Int) -> String? {
    guard files.indices.contains(file) else { return nil }
    let entry = files[file]
    if entry.name.hasPrefix("/") { return entry.name }
    var folder = folders.indices.contains(entry.folder) ? folders[entry.folder] : ""
    if !folder.hasPrefix("/"), let base = unit.compilationFolder, !base.isEmpty {
      folder = folder.isEmpty ? base : "\(base)/\(folder)"
    }
    return folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
  }

  // MARK: Rows

  /// The rows, sorted by address; of those at the same address, the last one counts.
  var rows: [Row] {
    if let known = knownRows { return known }
    let rows = run()
    knownRows = rows
    return rows
  }

  private func run() -> [Row] {
    var sequences: [[Row]] = []
    var rows: [Row] = []
    var row = Row(isStatement: startsAsStatement)
    var operation: UInt64 = 0
    var cursor = unit.image.cursor("line", at: program.lowerBound, end: program.upperBound)
    func advance(_ count: UInt64) {
      guard operationsPerInstruction > 1 else {
        row.address = row.address &+ minimumLength &* count
        return
      }
      let total = operation &+ count
      row.address = row.address &+ minimumLength &* (total / operationsPerInstruction)
      operation = total % operationsPerInstruction
    }
    func move(_ lines: Int64) {
      row.line = UInt32(truncatingIfNeeded: Int64(row.line) &+ lines)
    }
    while !cursor.isAtEnd {
      let code = cursor.byte()
      if Int(code) > operandCounts.count {
        let special = UInt64(code) - UInt64(operandCounts.count) - 1
        advance(special / lineRange)
        move(lineBase &+ Int64(special % lineRange))
        rows.append(row)
        continue
      }
      switch code {
      case 0:
        let length = cursor.unsigned()
        let start = cursor.offset
        guard length > 0 else { break }
        switch cursor.byte() {
        case 1:
          row.isEnd = true
          rows.append(row)
          sequences.append(rows)
          rows = []
          row = Row(isStatement: startsAsStatement)
          operation = 0
        case 2:
          row.address = cursor.unsigned(size: min(8, Int(clamping: length - 1)))
          operation = 0
        default: break
        }
        if let length = Int(exactly: length), length <= program.upperBound - start {
          cursor.move(to: start + length)
        } else {
          cursor.skip(.max)
        }
      case 1: rows.append(row)
      case 2: advance(cursor.unsigned())
      case 3: move(cursor.signed())
      case 4: row.file = UInt32(truncatingIfNeeded: cursor.unsigned())
      case 5: row.column = UInt32(truncatingIfNeeded: cursor.unsigned())
      case 6: row.isStatement.toggle()
      case 8: advance((255 - UInt64(operandCounts.count) - 1) / lineRange)
      case 9:
        row.address = row.address &+ cursor.unsigned(size: 2)
        operation = 0
      default:
        for _ in 0..<operandCounts[Int(code) - 1] { _ = cursor.unsigned() }
      }
    }
    // What the linker left out has no addresses.
    let kept = sequences.filter { ($0.first?.address ?? 0) != 0 }
    return kept.sorted { $0[0].address < $1[0].address }.flatMap { $0 }
  }

  /// The row that the instruction at `address` belongs to.
  func row(at address: UInt64) -> Row? {
    let rows = self.rows
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, !rows[low - 1].isEnd else { return nil }
    return rows[low - 1]
  }
}
