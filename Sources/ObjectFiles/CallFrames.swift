/// How to get from a function's registers to those of its caller, from `.eh_frame` or `.debug_frame`.
///
/// Nothing in the file is believed: an entry that contradicts itself is left out, and an address
/// without an entry has no rules.
package final class CallFrames: Sendable {
  /// What a register of the caller is.
  package enum Rule: Hashable, Sendable {
    /// It is lost; for the return address: there is no caller.
    case undefined
    /// What it is in the function.
    case same
    /// In memory, so far from the canonical frame address.
    case atOffset(Int64)
    /// The canonical frame address and so much.
    case offset(Int64)
    /// What another register is in the function.
    case register(Int)
    /// In memory, where an expression says.
    case atExpression([UInt8])
    /// What an expression says.
    case expression([UInt8])
  }

  /// Where the canonical frame address is, the value of the stack pointer before the call.
  package enum FrameAddress: Hashable, Sendable {
    case register(Int, offset: Int64)
    case expression([UInt8])
  }

  /// The rules that hold at one address.
  package struct Row: Hashable, Sendable {
    package var frameAddress = FrameAddress.register(-1, offset: 0)
    /// By the numbers of DWARF; what is not in it is `same`.
    package var registers: [Int: Rule] = [:]
    /// The number under which the return address is.
    package var returnRegister = 0
    /// Whether the function is the kernel's way back from a signal, whose caller was not calling.
    package var isSignalFrame = false
    /// Whether return addresses are signed (arm64).
    package var isReturnSigned = false
  }

  /// What the entries of several functions have in common.
  private struct Common: Sendable {
    var codeFactor: UInt64 = 1
    var dataFactor: Int64 = 1
    var returnRegister = 0
    var pointerEncoding: UInt8 = 0
    var hasAugmentation = false
    var isSignalFrame = false
    var instructions = 0..<0
  }

  private struct Entry: Sendable {
    let start: UInt64
    let end: UInt64
    let common: Int
    let instructions: Range<Int>
  }

  private let bytes: [UInt8]
  /// The virtual address of the section.
  private let base: UInt64
  private let layout: ELFLayout
  private let commons: [Common]
  /// By address.
  private let entries: [Entry]

  private static let mostEntries = 1 << 20
  private static let mostInstructions = 1 << 14

  /// - Returns: nil when the file has none that can be read.
  package convenience init?(of file: ELFFile) {
    for (name, isExceptionFrame) in [(".eh_frame", true), (".debug_frame", false)] {
      guard let section = file.section(named: name),
        let bytes = try? file.contents(of: section), !bytes.isEmpty
      else { continue }
      self.init(
        bytes, at: section.address, file.layout, isExceptionFrame: isExceptionFrame)
      if !entries.isEmpty { return }
    }
    return nil
  }

  /// Reads a section of a 64-bit program whose lowest byte comes first.
  ///
  /// - Parameters:
  ///   - base: The virtual address of the section.
  ///   - isExceptionFrame: Whether it is `.eh_frame` rather than `.debug_frame`.
  package convenience init(section bytes: [UInt8], at base: UInt64, isExceptionFrame: Bool) {
    self.init(
      bytes, at: base, ELFLayout(is64Bit: true, isBigEndian: false),
      isExceptionFrame: isExceptionFrame)
  }

  private init(_ bytes: [UInt8], at base: UInt64, _ layout: ELFLayout, isExceptionFrame: Bool) {
    self.bytes = bytes
    self.base = base
    self.layout = layout
    var commons: [Common] = []
    var known: [Int: Int?] = [:]
    var entries: [Entry] = []
    var position = 0
    while position < bytes.count, entries.count < Self.mostEntries {
      var cursor = FrameCursor(bytes, position..<bytes.count, base, layout)
      let start = position
      guard let (content, wide) = cursor.unit(), !content.isEmpty else {
        // A terminator, of which linkers leave some in the middle.
        guard !cursor.isPastEnd, cursor.position > start else { break }
        position = cursor.position
        continue
      }
      position = content.upperBound
      var body = FrameCursor(bytes, content, base, layout)
      let idPlace = body.position
      let id = wide ? body.word(8) : body.word(4)
      let isCommon = isExceptionFrame ? id == 0 : id == (wide ? .max : UInt64(UInt32.max))
      if isCommon || body.isPastEnd { continue }
      let distance = Int(truncatingIfNeeded: id)
      let commonPlace = isExceptionFrame ? idPlace &- distance : distance
      guard commonPlace >= 0, commonPlace < bytes.count else { continue }
      if known[commonPlace] == nil {
        let common = Self.common(
          bytes, commonPlace, base, layout, isExceptionFrame: isExceptionFrame)
        known[commonPlace] = .some(common == nil ? nil : commons.count)
        if let common { commons.append(common) }
      }
      guard let index = known[commonPlace] ?? nil else { continue }
      let common = commons[index]
      guard let low = body.pointer(common.pointerEncoding),
        let size = body.pointer(common.pointerEncoding & 0x0f)
      else { continue }
      if common.hasAugmentation { body.skip(Int(clamping: body.unsigned())) }
      let (end, overflow) = low.addingReportingOverflow(size)
      guard !body.isPastEnd, !overflow, size > 0 else { continue }
      entries.append(
        Entry(
          start: low, end: end, common: index,
          instructions: body.position..<content.upperBound))
    }
    entries.sort { $0.start < $1.start }
    self.entries = entries
    self.commons = commons
  }

  private static func common(
    _ bytes: [UInt8], _ place: Int, _ base: UInt64, _ layout: ELFLayout, isExceptionFrame: Bool
  ) -> Common? {
    var cursor = FrameCursor(bytes, place..<bytes.count, base, layout)
    guard let (content, wide) = cursor.unit(), !content.isEmpty else { return nil }
    var body = FrameCursor(bytes, content, base, layout)
    let id = wide ? body.word(8) : body.word(4)
    guard isExceptionFrame ? id == 0 : id == (wide ? .max : UInt64(UInt32.max)) else {
      return nil
    }
    let version = body.byte()
    guard version == 1 || version == 3 || version == 4 else { return nil }
    let augmentation = body.text()
    var common = Common()
    if version == 4 { body.skip(2) }
    common.codeFactor = body.unsigned()
    common.dataFactor = body.signed()
    common.returnRegister = Int(
      truncatingIfNeeded: version == 1 ? UInt64(body.byte()) : body.unsigned())
    if augmentation.first == UInt8(ascii: "z") {
      common.hasAugmentation = true
      let size = Int(clamping: body.unsigned())
      let end = body.position.addingReportingOverflow(size)
      guard !end.overflow, end.partialValue <= content.upperBound else { return nil }
      for letter in augmentation.dropFirst() {
        switch letter {
        case UInt8(ascii: "R"): common.pointerEncoding = body.byte()
        case UInt8(ascii: "P"):
          let encoding = body.byte()
          _ = body.pointer(encoding & 0x7f)
        case UInt8(ascii: "L"): _ = body.byte()
        case UInt8(ascii: "S"): common.isSignalFrame = true
        default: break
        }
      }
      body.position = end.partialValue
    } else if !augmentation.isEmpty {
      return nil
    }
    guard !body.isPastEnd, (0..<256).contains(common.returnRegister) else { return nil }
    common.instructions = body.position..<content.upperBound
    return common
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// Where functions with rules start; for tests.
  package var starts: [UInt64] { entries.map(\.start) }

  // MARK: Rules

  /// The rules at `address`, a virtual address of the file; nil when there are none.
  package func row(at address: UInt64) -> Row? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < entries[low - 1].end else { return nil }
    let entry = entries[low - 1]
    let common = commons[entry.common]
    var row = Row()
    row.returnRegister = common.returnRegister
    row.isSignalFrame = common.isSignalFrame
    var machine = Machine(row: row, location: entry.start, target: address)
    guard machine.run(self, common.instructions, common) else { return nil }
    machine.initial = machine.row.registers
    guard machine.isPast || machine.run(self, entry.instructions, common) else { return nil }
    return machine.row
  }

  /// Runs the instructions of an entry up to an address.
  private struct Machine {
    var row: Row
    var location: UInt64
    let target: UInt64
    var initial: [Int: Rule] = [:]
    var stack: [Row] = []
    var isPast = false

    init(row: Row, location: UInt64, target: UInt64) {
      self.row = row
      self.location = location
      self.target = target
    }

    /// - Returns: False when an instruction is not known, or damaged.
    mutating func run(_ frames: CallFrames, _ range: Range<Int>, _ common: Common) -> Bool {
      var cursor = FrameCursor(frames.bytes, range, frames.base, frames.layout)
      var count = 0
      while cursor.position < range.upperBound, !isPast {
        count += 1
        guard count < CallFrames.mostInstructions else { return false }
        guard step(&cursor, common), !cursor.isPastEnd else { return false }
      }
      return true
    }

    private mutating func advance(_ delta: UInt64, _ common: Common) {
      let next = location &+ delta &* common.codeFactor
      if next > target || next < location { isPast = true } else { location = next }
    }

    private mutating func set(_ register: UInt64, _ rule: Rule) -> Bool {
      guard register < 256 else { return false }
      row.registers[Int(register)] = rule
      return true
    }

    private mutating func restore(_ register: UInt64) -> Bool {
      guard register < 256 else { return false }
      row.registers[Int(register)] = initial[Int(register)]
      return true
    }

    private mutating func setFrameAddress(_ register: UInt64, _ offset: Int64) -> Bool {
      guard register < 256 else { return false }
      row.frameAddress = .register(Int(register), offset: offset)
      return true
    }

    private mutating func step(_ cursor: inout FrameCursor, _ common: Common) -> Bool {
      let code = cursor.byte()
      let low = UInt64(code & 0x3f)
      let factor = common.dataFactor
      switch code >> 6 {
      case 1:
        advance(low, common)
        return true
      case 2:
        return set(low, .atOffset(Int64(truncatingIfNeeded: cursor.unsigned()) &* factor))
      case 3: return restore(low)
      default: break
      }
      switch code {
      case 0x00: return true
      case 0x01:
        guard let place = cursor.pointer(common.pointerEncoding) else { return false }
        if place > target { isPast = true } else { location = place }
        return true
      case 0x02: advance(UInt64(cursor.byte()), common)
      case 0x03: advance(cursor.word(2), common)
      case 0x04: advance(cursor.word(4), common)
      case 0x05:
        let register = cursor.unsigned()
        return set(register, .atOffset(Int64(truncatingIfNeeded: cursor.unsigned()) &* factor))
      case 0x06: return restore(cursor.unsigned())
      case 0x07: return set(cursor.unsigned(), .undefined)
      case 0x08: return set(cursor.unsigned(), .same)
      case 0x09:
        let register = cursor.unsigned()
        let other = cursor.unsigned()
        return other < 256 && set(register, .register(Int(other)))
      case 0x0a:
        guard stack.count < 64 else { return false }
        stack.append(row)
      case 0x0b:
        guard let kept = stack.popLast() else { return false }
        row = kept
      case 0x0c:
        let register = cursor.unsigned()
        return setFrameAddress(register, Int64(truncatingIfNeeded: cursor.unsigned()))
      case 0x0d:
        guard case .register(_, let offset) = row.frameAddress else { return false }
        return setFrameAddress(cursor.unsigned(), offset)
      case 0x0e:
        guard case .register(let register, _) = row.frameAddress else { return false }
        row.frameAddress = .register(
          register, offset: Int64(truncatingIfNeeded: cursor.unsigned()))
      case 0x0f: row.frameAddress = .expression(cursor.block())
      case 0x10:
        let register = cursor.unsigned()
        return set(register, .atExpression(cursor.block()))
      case 0x11:
        let register = cursor.unsigned()
        return set(register, .atOffset(cursor.signed() &* factor))
      case 0x12:
        let register = cursor.unsigned()
        return setFrameAddress(register, cursor.signed() &* factor)
      case 0x13:
        guard case .register(let register, _) = row.frameAddress else { return false }
        row.frameAddress = .register(register, offset: cursor.signed() &* factor)
      case 0x14:
        let register = cursor.unsigned()
        return set(register, .offset(Int64(truncatingIfNeeded: cursor.unsigned()) &* factor))
      case 0x15:
        let register = cursor.unsigned()
        return set(register, .offset(cursor.signed() &* factor))
      case 0x16:
        let register = cursor.unsigned()
        return set(register, .expression(cursor.block()))
      case 0x2d: row.isReturnSigned.toggle()
      case 0x2e: _ = cursor.unsigned()  // arguments on the stack
      case 0x2f:
        let register = cursor.unsigned()
        return set(
          register, .atOffset(0 &- Int64(truncatingIfNeeded: cursor.unsigned()) &* factor))
      default: return false
      }
      return true
    }
  }
}

/// Reads a part of a section of call frames; past its end everything is zero.
private struct FrameCursor {
  let bytes: [UInt8]
  let end: Int
  let base: UInt64
  let layout: ELFLayout
  var position: Int
  private(set) var isPastEnd = false

  init(_ bytes: [UInt8], _ range: Range<Int>, _ base: UInt64, _ layout: ELFLayout) {
    self.bytes = bytes
    self.base = base
    self.layout = layout
    position = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  mutating func byte() -> UInt8 {
    guard position < end else {
      isPastEnd = true
      return 0
    }
    position += 1
    return bytes[position - 1]
  }

  mutating func word(_ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width {
      let next = UInt64(byte())
      value = layout.isBigEndian ? value << 8 | next : value | next << UInt64(8 * index)
    }
    return value
  }

  mutating func skip(_ count: Int) {
    guard count >= 0, count <= end - position else {
      isPastEnd = true
      return
    }
    position += count
  }

  mutating func unsigned() -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while true {
      let next = byte()
      if shift < 64 { value |= UInt64(next & 0x7f) << shift }
      shift += 7
      if next & 0x80 == 0 || isPastEnd { return value }
    }
  }

  mutating func signed() -> Int64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while true {
      let next = byte()
      if shift < 64 { value |= UInt64(next & 0x7f) << shift }
      shift += 7
      if next & 0x80 == 0 || isPastEnd {
        if next & 0x40 != 0, shift < 64 { value |= UInt64.max << shift }
        return Int64(bitPattern: value)
      }
    }
  }

  mutating func text() -> [UInt8] {
    var text: [UInt8] = []
    while text.count < 16 {
      let next = byte()
      if next == 0 { break }
      text.append(next)
    }
    return text
  }

  mutating func block() -> [UInt8] {
    let count = Int(clamping: unsigned())
    let start = position
    skip(count)
    return isPastEnd ? [] : Array(bytes[start..<position])
  }

  /// The content behind a length, and whether lengths have 64 bits; empty for a terminator.
  mutating func unit() -> (content: Range<Int>, wide: Bool)? {
    var size = word(4)
    let wide = size == UInt64(UInt32.max)
    if wide { size = word(8) }
    guard !isPastEnd, size <= UInt64(end - position) else { return nil }
    let start = position
    position += Int(size)
    return (start..<position, wide)
  }

  /// An address as `.eh_frame` encodes it; nil for encodings that need a running process.
  mutating func pointer(_ encoding: UInt8) -> UInt64? {
    if encoding == 0xff { return 0 }
    let place = base &+ UInt64(position)
    let value: UInt64
    switch encoding & 0x0f {
    case 0x00: value = word(layout.is64Bit ? 8 : 4)
    case 0x01: value = unsigned()
    case 0x02: value = word(2)
    case 0x03: value = word(4)
    case 0x04, 0x0c: value = word(8)
    case 0x09: value = UInt64(bitPattern: signed())
    case 0x0a: value = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: word(2))))
    case 0x0b: value = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: word(4))))
    default: return nil
    }
    switch encoding & 0x70 {
    case 0x00: return value
    case 0x10: return place &+ value
    default: return nil
    }
  }
}
