internal import CommandLineKit
internal import Diagnostics
internal import LinuxSystem
package import MachineView
internal import SystemText
package import ToolLibrary
package import TraceModel

/// Reads the values of options by their kinds, as both commands accept them.
package struct OptionReader {
  private let kernel: any KernelView
  private let userFile: String
  private let columns: [ColumnSpec]

  /// What is wrong with a value: what is expected, and what was given.
  package struct Problem: Error, Hashable, Sendable {
    /// A clause that goes on from the option's name: `expects a process id, not 'abc'`.
    package let text: String
  }

  /// - Parameters:
  ///   - kernel: Whose system calls, disks and so on are meant.
  ///   - manifest: Has the columns that tables can be sorted by.
  ///   - userFile: In the form of `/etc/passwd`.
  package init(
    for manifest: Manifest, on kernel: any KernelView, userFile: String = "/etc/passwd"
  ) {
    self.kernel = kernel
    self.userFile = userFile
    columns = manifest.tables.flatMap(\.columns)
  }

  /// Reads what was given for an option; several texts add up if it is a list, else the last counts.
  package func read(_ texts: [String], of option: ToolOption) throws(Problem) -> OptionReading {
    guard option.isList else { return try read(texts.last ?? "", of: option) }
    var values: [Int64] = []
    for text in texts {
      for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        values.append(try number(String(word), option.kind))
      }
    }
    guard values.count <= OptionDeclaration.mostValues else {
      throw Problem(
        text: "expects at most \(OptionDeclaration.mostValues) values, not \(values.count)")
    }
    return .list(values)
  }

  private func read(_ text: String, of option: ToolOption) throws(Problem) -> OptionReading {
    switch option.kind {
    case .toggle: return .value(.boolean(!option.isNegation))
    case .text, .path: return .value(.string(text))
    case .commandName:
      let most = TaskFilter.nameCapacity - 1
      guard 1...most ~= text.systemBytes.count else {
        throw expected("a name of 1 to \(most) bytes", text)
      }
      return .value(.string(text))
    case .choice(let words):
      guard words.contains(text) else {
        throw expected(Self.alternatives(words), text, like: words)
      }
      return .value(.string(text))
    case .column:
      let wanted = Self.essence(of: text)
      guard
        let column = columns.first(where: { Self.essence(of: $0.heading) == wanted })
          ?? columns.first(where: { Self.essence(of: $0.name) == wanted })
      else {
        // As bcc's tools call the order that they have by themselves.
        if text == "all" { return .value(.string("")) }
        let names = columns.map(\.spokenName)
        let others = names.isEmpty ? "" : ", only \(names.joined(separator: ", "))"
        throw Problem(text: "there is no column '\(text)'\(others)")
      }
      return .value(.string(column.name))
    case .time(let unit):
      let nanoseconds = try time(text, unit: unit, isPositive: option.standard != nil)
      if option.parameter.declaration != nil { return .value(.unsigned(nanoseconds)) }
      // Scripts that describe their options get the number that others would give them.
      guard nanoseconds.isMultiple(of: unit) else {
        throw Problem(text: "expects a whole number of \(Self.plural(of: unit)), not '\(text)'")
      }
      let count = nanoseconds / unit
      return .value(option.hasUnsignedValue ? .unsigned(count) : .signed(Int64(clamping: count)))
    case .number(_, .max) where option.hasUnsignedValue:
      // Larger than any limit.
      if let value = (try? IntegerArgument(text))?.unsigned, value > UInt64(Int64.max) {
        return .value(.unsigned(value))
      }
    default: break
    }
    let number = try number(text, option.kind)
    return .value(
      option.hasUnsignedValue ? .unsigned(UInt64(bitPattern: number)) : .signed(number))
  }

  // MARK: Numbers

  /// The number that a word means, as the kind of an option says.
  func number(_ text: String, _ kind: OptionKind) throws(Problem) -> Int64 {
    switch kind {
    case .toggle, .text, .path, .choice, .column, .commandName:
      preconditionFailure("a value of that kind is no number")
    case .number(let lowest, let highest):
      guard let number = Self.plain(text) else {
        throw Problem(text: "expects a number, not '\(text)'")
      }
      guard lowest <= number, number <= highest else {
        let range =
          number < lowest && highest >= Self.many
          ? "at least \(lowest)" : Self.range(lowest, highest)
        throw Problem(text: "expects \(range), not \(text)")
      }
      return number
    case .time(let unit): return Int64(try time(text, unit: unit, isPositive: false))
    case .size: return try size(text)
    case .user: return try user(text)
    case .process: return try id(text, "process")
    case .thread: return try id(text, "thread")
    case .cpu: return try cpu(text)
    case .port:
      guard let number = Self.plain(text), 1...65535 ~= number else {
        throw expected("a port from 1 to 65535", text)
      }
      return number
    case .signal: return try signal(text)
    case .errorNumber:
      // The kernel has room for so many (MAX_ERRNO).
      if let number = Self.plain(text), (1...4095).contains(number) { return number }
      let names = NumberNames(of: .errors, on: kernel)
      guard let number = names.number(of: text.uppercased()) else {
        throw missing("error", text, among: names.names)
      }
      return number
    case .systemCall:
      if let number = Self.plain(text), number >= 0 { return number }
      let names = (try? kernel.architecture)?.systemCallNames ?? [:]
      guard let number = names.first(where: { $0.value == text })?.key else {
        throw missing("system call", text, among: names.values.sorted())
      }
      return Int64(number)
    case .openFlags: return try openFlags(text)
    case .disk:
      let names = NumberNames(of: .disks, on: kernel)
      let name = text.hasPrefix("/dev/") ? String(text.dropFirst(5)) : text
      guard let number = names.number(of: name) else {
        throw missing("disk", text, among: names.names)
      }
      return number
    }
  }

  /// A number without units.
  private static func plain(_ text: String) -> Int64? {
    guard text.last?.isNumber == true || text.hasPrefix("0x") else { return nil }
    return (try? IntegerArgument(text))?.signed
  }

  private func id(_ text: String, _ noun: String) throws(Problem) -> Int64 {
    guard let number = Self.plain(text), 1...Self.largestPID ~= number else {
      throw expected("a \(noun) id", text)
    }
    return number
  }

  /// Limits from here on are no limits to people.
  private static let many = Int64(Int32.max)

  /// The largest process id a kernel may be configured for.
  private static let largestPID: Int64 = 4_194_304

  private func cpu(_ text: String) throws(Problem) -> Int64 {
    guard let number = Self.plain(text), number >= 0 else {
      throw expected("the number of a CPU", text)
    }
    let last = (try? kernel.possibleCPUs)?.last ?? .max
    guard number <= last else {
      throw Problem(text: "there is no CPU \(text), the last one is \(last)")
    }
    return number
  }

  private func user(_ text: String) throws(Problem) -> Int64 {
    if let number = UInt32(text) { return Int64(number) }
    let users: UserNames
    do throws(SystemError) { users = try UserNames(reading: userFile) } catch {
      throw Problem(text: "there is no user '\(text)' (\(error))")
    }
    guard let number = users.number(of: text) else {
      throw missing("user", text, among: users.all)
    }
    return Int64(number)
  }

  private func signal(_ text: String) throws(Problem) -> Int64 {
    if let number = Self.plain(text) {
      guard 1...64 ~= number else { throw expected("a signal from 1 to 64", text) }
      return number
    }
    let name = text.uppercased()
    let names = NumberNames(of: .signals, on: kernel)
    guard let number = names.number(of: name.hasPrefix("SIG") ? name : "SIG\(name)") else {
      let short = name.hasPrefix("SIG") ? names.names : names.names.map { String($0.dropFirst(3)) }
      throw missing("signal", text, like: name, among: short)
    }
    return number
  }

  private func openFlags(_ text: String) throws(Problem) -> Int64 {
    let names = NumberNames(of: .openFlags, on: kernel)
    var bits: Int64 = 0
    for word in text.split(whereSeparator: { $0 == "," || $0 == "|" }) {
      let name = word.uppercased()
      guard let flag = names.number(of: name.hasPrefix("O_") ? name : "O_\(name)") else {
        throw missing("open flag", String(word), like: name, among: names.names)
      }
      bits |= flag
    }
    if text.isEmpty { throw expected("names of open flags between commas", text) }
    return bits
  }

  // MARK: Units

  /// Nanoseconds; a bare number counts units.
  private func time(
    _ text: String, unit: UInt64, isPositive: Bool
  ) throws(Problem) -> UInt64 {
    let name = [1: "ns", 1_000: "us", 1_000_000: "ms"][unit] ?? "s"
    let isBare = text.last?.isNumber == true
    guard let duration = try? parseDuration(isBare ? text + name : text),
      !isPositive || duration > .zero
    else { throw expected("a length of time such as 10, 10\(name) or 2m", text) }
    let (seconds, attoseconds) = duration.components
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
  }

  private static func plural(of unit: UInt64) -> String {
    [1: "nanoseconds", 1_000: "microseconds", 1_000_000: "milliseconds"][unit] ?? "seconds"
  }

  private func size(_ text: String) throws(Problem) -> Int64 {
    let units: [(String, Int64)] = [("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40)]
    var digits = text[...]
    for ending in ["iB", "B"] where digits.hasSuffix(ending) {
      digits = digits.dropLast(ending.count)
      break
    }
    let unit = units.first { digits.uppercased().hasSuffix($0.0) }
    if unit != nil { digits.removeLast() }
    guard let count = UInt64(digits), let signed = Int64(exactly: count) else {
      throw expected("a size such as 512, 4K or 2M", text)
    }
    let (size, overflow) = signed.multipliedReportingOverflow(by: unit?.1 ?? 1)
    guard !overflow else { throw expected("a size below 8192 P", text) }
    return size
  }

  // MARK: Sentences

  private func expected(
    _ what: String, _ text: String, like names: [String] = []
  ) -> Problem {
    let similar = NearestName.of(text, among: names).map { ", did you mean '\($0)'?" } ?? ""
    return Problem(text: "expects \(what), not '\(text)'\(similar)")
  }

  /// The letters and digits of a column's name, all small: `io` of `I/O`.
  private static func essence(of name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  /// - Parameter typed: The text as it is compared with `names`, if not as it was given.
  private func missing(
    _ noun: String, _ text: String, like typed: String? = nil, among names: [String]
  ) -> Problem {
    let similar =
      NearestName.of(typed ?? text, among: names).map { ", did you mean '\($0)'?" } ?? ""
    return Problem(text: "there is no \(noun) '\(text)'\(similar)")
  }

  private static func range(_ lowest: Int64, _ highest: Int64) -> String {
    switch (lowest, highest) {
    case (.min, .max): "a number"
    case (_, .max): "at least \(lowest)"
    case (.min, _): "at most \(highest)"
    default: "\(lowest) to \(highest)"
    }
  }

  private static func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.joined() }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension ToolOption {
  fileprivate var hasUnsignedValue: Bool {
    if case .unsigned = parameter.defaultValue { true } else { false }
  }
}
