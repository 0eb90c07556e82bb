internal import LinuxSystem

extension DirectoryMachine {
  private static let units = "/sys/bus/event_source/devices"
  /// `PERF_TYPE_RAW`.
  private static let rawType: UInt32 = 4
  /// The fields that every unit has, by the place of their values.
  private static let settings = ["config", "config1", "config2"]

  package func performanceEvent(
    _ name: PerformanceEventName
  ) throws(MachineError) -> Result<PerformanceEvent, PerformanceEventProblem> {
    let (unit, terms): (String, [PerformanceEventName.Term])
    switch name {
    case .raw(let number):
      return .success(PerformanceEvent(type: Self.rawType, settings: [number, 0, 0]))
    case .ofUnit(let name, let found): (unit, terms) = (name, found)
    }
    let folder = "\(Self.units)/\(unit)"
    guard unit.first != ".", let type = UInt32(try line("\(folder)/type") ?? "") else {
      return .failure(.noUnit(unit, among: try list(Self.units)))
    }
    var event = PerformanceEvent(type: type)
    // Those of a whole package, of which one CPU tells; and the cores of one kind.
    for name in ["cpumask", "cpus"] {
      if let cpus = try line("\(folder)/\(name)") { event.cpus = CPUList.parse(cpus) }
    }
    for term in terms {
      var parts = [term]
      // An event is a name for values of fields.
      if term.value == nil, term.name.first != ".",
        let text = try line("\(folder)/events/\(term.name)"),
        case .ofUnit(_, let known)? = PerformanceEventName("\(unit)/\(text)/")
      {
        parts = known
      }
      for part in parts {
        if let problem = try set(part, of: unit, in: &event) { return .failure(problem) }
      }
    }
    return .success(event)
  }

  package func performanceEvents(
    matching pattern: NamePattern
  ) throws(MachineError) -> [String] {
    var found: [String] = []
    for unit in try list(Self.units) {
      // Beside the events are their units of measure: `energy-cores.unit`.
      for event in try list("\(Self.units)/\(unit)/events") where !event.contains(".") {
        found.append("\(unit)/\(event)/")
      }
    }
    return found.filter { pattern.matches($0) }
  }

  /// Puts the value of a field where the unit has it; returns what is in the way.
  private func set(
    _ term: PerformanceEventName.Term, of unit: String, in event: inout PerformanceEvent
  ) throws(MachineError) -> PerformanceEventProblem? {
    if let place = Self.settings.firstIndex(of: term.name), let value = term.value {
      event.settings[place] = value
      return nil
    }
    if term.value == nil, let number = PerformanceEventName.rawNumber(term.name) {
      event.settings[0] |= number
      return nil
    }
    let fields = "\(Self.units)/\(unit)/format"
    guard term.name.first != ".", let text = try line("\(fields)/\(term.name)"),
      let field = PerformanceEventField(text)
    else {
      let known = try list(fields) + list("\(Self.units)/\(unit)/events")
      return .noTerm(term.name, unit: unit, among: known.filter { !$0.contains(".") })
    }
    let value = term.value ?? 1
    guard field.put(value, into: &event.settings) else {
      return .valueTooLarge(term.name, value: value, bits: field.bitCount)
    }
    return nil
  }

  /// The first line of a file without what surrounds it; nil if there is no such file.
  private func line(_ path: String) throws(MachineError) -> String? {
    try text(path).map { text in
      String(text.prefix { $0 != "\n" }.filter { $0 != " " })
    }
  }
}

/// Where a unit has a field: `config1:0-7,32-35`.
struct PerformanceEventField: Hashable, Sendable {
  private let setting: Int
  private let ranges: [ClosedRange<UInt64>]

  /// Nil for what makes no sense.
  init?(_ text: String) {
    let sides = text.split(separator: ":")
    guard sides.count == 2, let setting = ["config", "config1", "config2"].firstIndex(of: sides[0])
    else { return nil }
    var ranges: [ClosedRange<UInt64>] = []
    for part in sides[1].split(separator: ",") {
      let ends = part.split(separator: "-").map { UInt64($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, last < 64
      else { return nil }
      ranges.append(first...last)
    }
    self.setting = setting
    self.ranges = ranges
  }

  var bitCount: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Puts a value there; false if it is too large.
  func put(_ value: UInt64, into settings: inout [UInt64]) -> Bool {
    var rest = value
    for range in ranges {
      let mask = range.count == 64 ? UInt64.max : (1 << UInt64(range.count)) - 1
      settings[setting] |= (rest & mask) << range.lowerBound
      rest = range.count == 64 ? 0 : rest >> UInt64(range.count)
    }
    return rest == 0
  }
}
