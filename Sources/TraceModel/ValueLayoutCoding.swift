extension ValueLayout {
  func write(_ out: inout WireWriter) {
    switch self {
    case .none: out.count(1, 0)
    case .integer(let bytes, let signed):
      out.count(1, 1)
      out.count(2, bytes)
      out.flag(3, signed)
    case .boolean: out.count(1, 2)
    case .enumeration(let enumeration):
      out.count(1, 3)
      out.count(2, enumeration.bytes)
      out.flag(3, enumeration.signed)
      out.text(4, enumeration.name)
      for value in enumeration.values {
        out.message(5) {
          $0.text(1, value.name)
          $0.signed(2, value.value)
        }
      }
    case .string(let capacity):
      out.count(1, 4)
      out.count(2, capacity)
    case .buffer(let capacity):
      out.count(1, 5)
      out.count(2, capacity)
    case .pointer: out.count(1, 6)
    case .array(let element, let count):
      out.count(1, 7)
      out.count(2, count)
      out.message(6, element.write)
    case .tuple(let fields, let size):
      out.count(1, 8)
      out.count(2, size)
      for field in fields { out.message(7, field.write) }
    case .record(let fields, let size):
      out.count(1, 9)
      out.count(2, size)
      for field in fields { out.message(7, field.write) }
    case .presented(let presentation):
      out.count(1, 10)
      out.message(8, presentation.write)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let size = try message.count(2)
    switch try message.count(1) {
    case 0: self = .none
    case 1: self = .integer(bytes: try Self.width(size), signed: message.flag(3))
    case 2: self = .boolean
    case 3:
      let values = try message.messages(5) { value throws(ManifestError) in
        Enumeration.Value(name: value.text(1), value: value.signed(2))
      }
      self = .enumeration(
        Enumeration(
          name: message.text(4), bytes: try Self.width(size), signed: message.flag(3),
          values: values))
    case 4: self = .string(capacity: size)
    case 5: self = .buffer(capacity: size)
    case 6: self = .pointer
    case 7:
      self = .array(
        element: try ValueLayout(message.required(6, "an array's element")), count: size)
    case 8: self = .tuple(try message.messages(7, Field.init), size: size)
    case 9: self = .record(try message.messages(7, Field.init), size: size)
    case 10: self = .presented(try Presentation(message.required(8, "a presentation")))
    case let other: throw .malformed("value layout \(other) is unknown")
    }
  }

  private static func width(_ bytes: Int) throws(ManifestError) -> Int {
    guard [1, 2, 4, 8].contains(bytes) else { throw .malformed("an integer of \(bytes) bytes") }
    return bytes
  }
}

extension ValueLayout.Field {
  func write(_ out: inout WireWriter) {
    out.text(1, name)
    out.count(2, offset)
    out.message(3, layout.write)
    if let bits {
      out.flag(4, true)
      out.count(5, bits.lowest)
      out.count(6, bits.count)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    self.init(
      name: message.text(1), offset: try message.count(2),
      layout: try ValueLayout(message.required(3, "a field's layout")),
      bits: message.flag(4)
        ? ValueLayout.BitRange(lowest: try message.count(5), count: try message.count(6)) : nil)
  }
}

extension Presentation {
  func write(_ out: inout WireWriter) {
    switch self {
    case .kernelSymbol: out.count(1, 0)
    case .userSymbol: out.count(1, 1)
    case .kernelStack(let mode, let limit):
      out.count(1, 2)
      out.count(2, Int(mode.rawValue))
      out.count(3, limit)
    case .userStack(let mode, let limit):
      out.count(1, 3)
      out.count(2, Int(mode.rawValue))
      out.count(3, limit)
    case .inet: out.count(1, 4)
    case .macAddress: out.count(1, 5)
    case .cgroupPath: out.count(1, 6)
    case .timestamp(let clock):
      out.count(1, 7)
      out.count(2, Int(clock.rawValue))
    case .userName: out.count(1, 8)
    case .systemCallName: out.count(1, 9)
    case .textList(let capacity):
      out.count(1, 10)
      out.count(3, capacity)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    func mode() throws(ManifestError) -> StackMode {
      guard let mode = StackMode(rawValue: UInt8(truncatingIfNeeded: try message.count(2))) else {
        throw .malformed("a stack mode is unknown")
      }
      return mode
    }
    switch try message.count(1) {
    case 0: self = .kernelSymbol
    case 1: self = .userSymbol
    case 2: self = .kernelStack(try mode(), limit: try message.count(3))
    case 3: self = .userStack(try mode(), limit: try message.count(3))
    case 4: self = .inet
    case 5: self = .macAddress
    case 6: self = .cgroupPath
    case 7:
      let clock = TimestampClock(rawValue: UInt8(truncatingIfNeeded: try message.count(2)))
      guard let clock else { throw .malformed("a clock is unknown") }
      self = .timestamp(clock)
    case 8: self = .userName
    case 9: self = .systemCallName
    case 10: self = .textList(capacity: try message.count(3))
    case let other: throw .malformed("presentation \(other) is unknown")
    }
  }
}

extension Aggregation {
  func write(_ out: inout WireWriter) {
    switch self {
    case .count: out.count(1, 0)
    case .sum(let signed): Self.write(&out, 1, signed)
    case .min(let signed): Self.write(&out, 2, signed)
    case .max(let signed): Self.write(&out, 3, signed)
    case .average(let signed): Self.write(&out, 4, signed)
    case .stats(let signed): Self.write(&out, 5, signed)
    case .log2Histogram(let bits):
      out.count(1, 6)
      out.count(3, bits)
    case .linearHistogram(let histogram):
      out.count(1, 7)
      out.signed(4, histogram.minimum)
      out.signed(5, histogram.maximum)
      out.signed(6, histogram.step)
    }
  }

  private static func write(_ out: inout WireWriter, _ kind: Int, _ signed: Bool) {
    out.count(1, kind)
    out.flag(2, signed)
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let signed = message.flag(2)
    switch try message.count(1) {
    case 0: self = .count
    case 1: self = .sum(signed: signed)
    case 2: self = .min(signed: signed)
    case 3: self = .max(signed: signed)
    case 4: self = .average(signed: signed)
    case 5: self = .stats(signed: signed)
    case 6:
      let bits = try message.count(3)
      guard bits <= 5 else { throw .malformed("a histogram of \(bits) bits") }
      self = .log2Histogram(bits: bits)
    case 7:
      let (minimum, maximum, step) = (message.signed(4), message.signed(5), message.signed(6))
      let span = maximum.subtractingReportingOverflow(minimum)
      guard step > 0, minimum < maximum, !span.overflow,
        span.partialValue / step <= Int64(LinearHistogram.bucketLimit)
      else { throw .malformed("a linear histogram's bounds") }
      self = .linearHistogram(LinearHistogram(minimum: minimum, maximum: maximum, step: step))
    case let other: throw .malformed("aggregation \(other) is unknown")
    }
  }
}
