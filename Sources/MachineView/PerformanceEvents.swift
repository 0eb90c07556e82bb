/// An event of a performance monitoring unit, by the numbers that perf_event_open(2) takes.
package struct PerformanceEvent: Hashable, Sendable {
  /// The number of the unit.
  package var type: UInt32
  /// `config`, `config1` and `config2`.
  package var settings: [UInt64]
  /// The CPUs on which it can be counted; nil for all.
  package var cpus: [Int]?

  package init(type: UInt32, settings: [UInt64] = [0, 0, 0], cpus: [Int]? = nil) {
    self.type = type
    self.settings = settings
    self.cpus = cpus
  }
}

/// The name of such an event as perf writes it: `cpu/cache-misses/`, `cpu/event=0xc0,umask=1/`, or `r01c2`, the number
/// of an event of the processor in hexadecimal digits.
package enum PerformanceEventName: Hashable, Sendable {
  /// Something of a unit: a name of an event alone, or values for fields.
  case ofUnit(String, terms: [Term])
  case raw(UInt64)

  package struct Term: Hashable, Sendable {
    package var name: String
    /// Nil for a name alone: of an event, or of a field that is to be 1.
    package var value: UInt64?
  }

  /// Nil for what is written otherwise.
  package init?(_ text: String) {
    if let number = Self.rawNumber(text) {
      self = .raw(number)
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), !parts[0].isEmpty, parts.count == 2 || parts[2].isEmpty
    else { return nil }
    var terms: [Term] = []
    for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = sides.first, !name.isEmpty else { return nil }
      guard sides.count == 2 else {
        terms.append(Term(name: String(name)))
        continue
      }
      guard let value = Self.number(sides[1]) else { return nil }
      terms.append(Term(name: String(name), value: value))
    }
    self = .ofUnit(String(parts[0]), terms: terms)
  }

  /// The number of `r01c2`.
  static func rawNumber(_ text: some StringProtocol) -> UInt64? {
    guard text.utf8.first == UInt8(ascii: "r") else { return nil }
    return UInt64(text.dropFirst(), radix: 16)
  }

  private static func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") || text.hasPrefix("0X")
      ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}

/// What keeps an event from being counted.
package enum PerformanceEventProblem: Error, Hashable, Sendable {
  /// The machine has no unit of that name; those that it has.
  case noUnit(String, among: [String])
  /// The unit has no event or field of that name; those that it has.
  case noTerm(String, unit: String, among: [String])
  /// The value has more bits than the field.
  case valueTooLarge(String, value: UInt64, bits: Int)
}

extension PerformanceEventProblem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noUnit(let name, _): "this machine has no performance monitoring unit '\(name)'"
    case .noTerm(let name, let unit, _): "the unit '\(unit)' has no event or field '\(name)'"
    case .valueTooLarge(let name, let value, let bits):
      "\(value) has more than the \(bits) bits of '\(name)'"
    }
  }
}
