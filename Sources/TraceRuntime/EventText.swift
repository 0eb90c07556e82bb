internal import LinuxSystem
internal import Output
internal import SystemText
internal import TraceModel

/// The format of an event, put together once, so that a record becomes text with no values made in
/// between where its fields are plain.
final class EventText {
  private enum Step {
    case text([UInt8])
    case integer(IntegerField, IntegerFormat)
    case string(StringField)
    /// A number of a column.
    case number(IntegerField, NumberFormat)
    /// The time of day.
    case time(ColumnFormat)
    /// The time since the run began.
    case elapsed(NumberFormat)
    /// A field that takes more to show than its bytes.
    case value(ValueLayout.Field, FormatString.Conversion)
  }

  /// An integer, or what a conversion for integers sees as one.
  private struct IntegerField {
    var offset: Int
    var width: Int
    /// Bits to shift up and down again, so that the sign is extended.
    var signShift: Int64
    var isSigned: Bool
    var isBoolean: Bool
    /// Whether people are told when its conversion cuts the number off.
    var isWatched = false
    /// Whether it is shown as the character of that number.
    var isCharacter = false

    /// The number in a record, with its sign extended.
    func bits(in record: Span<UInt8>) throws(DecodingError) -> Int64 {
      let raw = try record.integer(at: offset, bytes: width)
      if isBoolean { return raw == 0 ? 0 : 1 }
      return (Int64(bitPattern: raw) &<< signShift) &>> signShift
    }
  }

  /// A number that its conversion cut off.
  struct Cut {
    let conversion: FormatString.Conversion
    let number: Int64
    let isSigned: Bool
  }

  /// What was cut off in the records since this was last looked at; each conversion is here once in a run.
  private(set) var cuts: [Cut] = []

  private struct StringField {
    var offset: Int
    var capacity: Int
    var width: Int
    var precision: Int?
    var leftAligned: Bool
  }

  private var steps: [Step] = []
  /// The conversions of the steps that are watched, by their places.
  private var watched: [Int: FormatString.Conversion] = [:]
  private let fields: [ValueLayout.Field]
  /// A format some of whose fields say how others are shown.
  private var whole: Printf?
  /// Of rows, what tells the time.
  private let clock: RowClock?

  /// - Parameter watchedFields: Those of which people are told when they are cut off.
  init(
    _ format: String, _ fields: [ValueLayout.Field], watched watchedFields: [Int] = []
  ) {
    self.fields = fields
    clock = nil
    let format = FormatString(format)
    if format.conversions.contains(where: { $0.widthIsArgument || $0.precisionIsArgument }) {
      whole = Printf(format)
      return
    }
    var next = 0
    for piece in format.pieces {
      switch piece {
      case .text(let text): steps.append(.text(text.systemBytes))
      case .conversion(let conversion):
        guard next < fields.count else { continue }
        var step = Self.step(fields[next], conversion)
        if case .integer(var field, let integer) = step, watchedFields.contains(next) {
          field.isWatched = true
          watched[steps.count] = conversion
          step = .integer(field, integer)
        }
        steps.append(step)
        next += 1
      }
    }
  }

  /// The text of rows, which are events with these fields.
  init(_ row: ShownRow, _ fields: [ValueLayout.Field], _ clock: RowClock) {
    self.fields = fields
    self.clock = clock
    let text = RowText(row.columns)
    for (place, cell) in text.cells.enumerated() {
      if place > 0 { steps.append(.text([UInt8(ascii: " ")])) }
      switch row.sources[cell.index] {
      case .time: steps.append(.time(cell.format))
      case .elapsed: if let number = cell.format.number { steps.append(.elapsed(number)) }
      case .field(let index):
        if fields.indices.contains(index) { steps.append(Self.step(fields[index], cell.format)) }
      case .key, .map: break
      }
    }
    for index in text.stacks {
      guard case .field(let field) = row.sources[index], fields.indices.contains(field) else {
        continue
      }
      steps.append(.value(fields[field], .text))
    }
    steps.append(.text([UInt8(ascii: "\n")]))
  }

  private static func step(_ field: ValueLayout.Field, _ format: ColumnFormat) -> Step {
    guard let number = format.number, field.bits == nil, let integer = integer(field) else {
      return step(field, format.conversion)
    }
    return .number(integer, number)
  }

  /// Takes the cuts that were noted.
  func takeCuts() -> [Cut] {
    defer { cuts = [] }
    return cuts
  }

  private static func step(
    _ field: ValueLayout.Field, _ conversion: FormatString.Conversion
  ) -> Step {
    guard field.bits == nil else { return .value(field, conversion) }
    if conversion.letter == "s", case .string(let capacity) = field.layout {
      return .string(
        StringField(
          offset: field.offset, capacity: capacity, width: conversion.width ?? 0,
          precision: conversion.precision, leftAligned: conversion.leftAligned))
    }
    guard ["d", "i", "u", "o", "x", "X", "c", "p"].contains(conversion.letter) else {
      return .value(field, conversion)
    }
    guard var number = integer(field) else { return .value(field, conversion) }
    number.isCharacter = conversion.letter == "c"
    return .integer(number, IntegerFormat(conversion))
  }

  /// A field that conversions for integers see as one.
  private static func integer(_ field: ValueLayout.Field) -> IntegerField? {
    let (isSigned, isBoolean): (Bool, Bool)
    switch field.layout {
    case .integer(_, let signed): (isSigned, isBoolean) = (signed, false)
    case .enumeration(let enumeration): (isSigned, isBoolean) = (enumeration.signed, false)
    case .boolean: (isSigned, isBoolean) = (false, true)
    case .pointer: (isSigned, isBoolean) = (false, false)
    default: return nil
    }
    let width = field.layout.size
    return IntegerField(
      offset: field.offset, width: width, signShift: isSigned ? Int64(64 - 8 * width) : 0,
      isSigned: isSigned, isBoolean: isBoolean)
  }

  /// Appends the text of a record; of a record that makes no sense, perhaps the beginning.
  func append(
    _ record: Span<UInt8>, _ decoder: ValueDecoder, to text: inout [UInt8]
  ) throws(DecodingError) {
    if let whole { return whole.append(try decoder.decode(fields, from: record), to: &text) }
    for (index, step) in steps.enumerated() {
      switch step {
      case .text(let literal): text.append(contentsOf: literal)
      case .integer(let field, let format):
        let number = try field.bits(in: record)
        if field.isWatched, FormatString.Conversion.isCut(number) {
          note(number, field, format, at: index)
        }
        let start = text.count
        format.append(number, to: &text)
        if field.isCharacter, decoder.escapesText, !Self.isHarmless(number) {
          text.escapeForTerminal(from: start)
        }
      case .number(let field, let format):
        format.append(bits: try field.bits(in: record), isSigned: field.isSigned, to: &text)
      case .time(let format):
        if let clock { format.append(.text(clock.time), to: &text) }
      case .elapsed(let format):
        if let clock {
          let elapsed = try clock.elapsed(atEvent: record)
          format.append(bits: Int64(bitPattern: elapsed), isSigned: false, to: &text)
        }
      case .string(let field): try append(field, of: record, decoder, to: &text)
      case .value(let field, let conversion):
        Printf.append(
          try decoder.decode(field, from: record, at: 0), as: conversion, to: &text)
      }
    }
  }

  /// Whether a character is a space of lines and columns, which scripts print one by one.
  private static func isHarmless(_ character: Int64) -> Bool {
    let byte = UInt8(truncatingIfNeeded: character)
    return byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
  }

  private func note(
    _ number: Int64, _ field: IntegerField, _ format: IntegerFormat, at index: Int
  ) {
    guard let conversion = watched[index] else { return }
    cuts.append(Cut(conversion: conversion, number: number, isSigned: field.isSigned))
    var field = field
    field.isWatched = false
    steps[index] = .integer(field, format)
  }

  private func append(
    _ field: StringField, of record: Span<UInt8>, _ decoder: ValueDecoder,
    to text: inout [UInt8]
  ) throws(DecodingError) {
    let start = text.count
    let length = try record.textLength(at: field.offset, capacity: field.capacity)
    text.append(field.offset..<(field.offset + length), of: record)
    if length == field.capacity, length > 0 { text.append(contentsOf: decoder.trailer) }
    if let precision = field.precision, text.count - start > precision {
      text.removeLast(text.count - start - precision)
    }
    if decoder.escapesText { text.escapeForTerminal(from: start) }
    if text.count - start < field.width {
      text.pad(from: start, to: field.width, leftAligned: field.leftAligned)
    }
  }
}
