/// Numbers by interval of time.
package struct Series: Hashable, Sendable {
  /// One interval.
  package struct Point: Hashable, Sendable {
    /// When it begins, as local time: `2026-11-29 08:49:24.000000000`.
    package var start: String
    /// Nil if the interval has none.
    package var value: Value?

    package init(start: String, value: Value?) {
      self.start = start
      self.value = value
    }
  }

  /// The length of an interval in nanoseconds.
  package var interval: UInt64
  /// Without gaps, oldest first.
  package var points: [Point]

  package init(interval: UInt64, points: [Point]) {
    self.interval = interval
    self.points = points
  }
}

extension Series: AggregationResult {
  var orderingNumber: Int128? { nil }
  var isBlock: Bool { true }

  func divided(by divisor: Int64) -> Value { .series(self) }

  // MARK: JSON

  /// Intervals without a number are left out.
  func append(toJSON text: inout [UInt8]) {
    text.append("[")
    var isFirst = true
    for point in points {
      guard let value = point.value else { continue }
      if !isFirst { text.append(",") }
      isFirst = false
      // Numbers are written as they are, also those that a double cannot hold.
      text.append(#"{"interval_start":"\#(point.start)","value":"#)
      ValueText().append(value, to: &text)
      text.append("}")
    }
    text.append("]")
  }

  // MARK: Graph

  /// Columns between the left and the right border, the right one counted.
  private static var width: Int128 { 52 }

  /// How times are written, by how far apart they are.
  private struct TimeFormat {
    var heading: String
    /// Digits of the fraction.
    var digits: Int

    init(_ series: Series) {
      // A single interval is far from nothing, so it gets all digits.
      switch series.points.count > 1 ? series.interval : 0 {
      case 1_000_000_000...: (heading, digits) = ("hh:mm:ss", 0)
      case 1_000_000...: (heading, digits) = ("hh:mm:ss.ms", 3)
      case 1000...: (heading, digits) = ("hh:mm:ss.μs", 6)
      default: (heading, digits) = ("hh:mm:ss.ns", 9)
      }
    }

    /// Bytes of a time and the space behind it.
    var width: Int { digits == 0 ? 9 : 10 + digits }

    func text(_ point: Point) -> Substring {
      // Of `YYYY-MM-DD hh:mm:ss.nnnnnnnnn`.
      point.start.dropFirst(11).prefix(width - 1)
    }
  }

  /// Appends a line for each interval between two lines with the smallest and the largest number.
  func append(to text: inout [UInt8]) {
    let numbers = points.compactMap { $0.value?.wideNumber }
    guard var lowest = numbers.min(), var highest = numbers.max() else {
      // Unlike other blocks, this one ends where the line does.
      return text.append("<no data>")
    }
    if lowest == highest {
      // As far as numbers of this sign go.
      let limits = points.compactMap { $0.value?.limits }.first ?? Int128.min...Int128.max
      lowest = max(lowest - 1, limits.lowerBound)
      highest = min(highest + 1, limits.upperBound)
    }
    let format = TimeFormat(self)
    appendRange(lowest, highest, indent: format.width, to: &text)
    let heading = text.count
    text.append(format.heading)
    text.pad(from: heading, to: format.width, leftAligned: true)
    appendRule("|", to: &text)
    for point in points {
      let start = text.count
      text.append(contentsOf: format.text(point).utf8)
      text.pad(from: start, to: format.width, leftAligned: true)
      append(point, lowest, highest, to: &text)
    }
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: format.width))
    appendRule("v", to: &text)
    appendRange(lowest, highest, indent: format.width, to: &text)
  }

  /// The smallest number at the left border, the largest one so that it ends at the right one.
  private func appendRange(
    _ lowest: Int128, _ highest: Int128, indent: Int, to text: inout [UInt8]
  ) {
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
    let start = text.count
    text.append(String(lowest))
    let right = String(highest)
    text.pad(
      from: start, to: Int(Self.width) + 1 - right.utf8.count, leftAligned: true)
    text.append(right)
    text.append("\n")
  }

  private func appendRule(_ border: String, to text: inout [UInt8]) {
    text.append(border)
    text.append(contentsOf: repeatElement(UInt8(ascii: "_"), count: Int(Self.width) - 1))
    text.append(border)
    text.append("\n")
  }

  private func append(
    _ point: Point, _ lowest: Int128, _ highest: Int128, to text: inout [UInt8]
  ) {
    let (last, range) = (Int(Self.width), highest - lowest)
    var graph = [UInt8](repeating: UInt8(ascii: " "), count: last + 1)
    graph[0] = UInt8(ascii: "|")
    graph[last] = UInt8(ascii: "|")
    if lowest < 0, highest > 0 {
      // One column more than for numbers, and never over the left border: as bpftrace draws it.
      let zero = Int(-lowest * (Self.width + 1) / range)
      if zero > 0 { graph[zero] = UInt8(ascii: ".") }
    }
    if let number = point.value?.wideNumber {
      graph[Int((number - lowest) * Self.width / range)] = UInt8(ascii: "*")
    }
    text.append(contentsOf: graph)
    text.append(" ")
    if let value = point.value { ValueText().append(value, to: &text) } else { text.append("-") }
    text.append("\n")
  }
}

extension Value {
  /// The number that an integer is.
  fileprivate var wideNumber: Int128? {
    switch self {
    case .integer(let number): Int128(number)
    case .unsigned(let number): Int128(number)
    default: nil
    }
  }

  /// The least and the greatest number of its type.
  fileprivate var limits: ClosedRange<Int128>? {
    switch self {
    case .integer: Int128(Int64.min)...Int128(Int64.max)
    case .unsigned: 0...Int128(UInt64.max)
    default: nil
    }
  }
}
