import Diagnostics
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  /// What programs of perf events are started with.
  static func perfContext(_ resolution: ProbeResolution) throws(MachineError) -> ContextShape {
    let type =
      try resolution.types.named("bpf_perf_event_data", keyword: "struct", space: .kernel) ?? .void
    return ContextShape(
      savedRegisters: resolution.architecture, contextType: .pointer(to: type, .kernel))
  }

  // MARK: Timers

  static let profile = timed(
    "profile", shortName: "p", summary: "Fires on every CPU, so many times a second.",
    details:
      "Written `profile:hz:99`, or with a period `profile:ms:10`; units are hz, s, ms and us. "
      + "`kstack`, `ustack` and `pid` show what was interrupted.", filter: .attachment
  ) { .profile($0) }

  static let interval = timed(
    "interval", shortName: "i", summary: "Fires on one CPU, so many times a second.",
    details:
      "Written `interval:s:1`; units are those of `profile`. For printing and clearing at intervals.",
    filter: .none
  ) { .interval($0) }

  private static func timed(
    _ name: String, shortName: String, summary: String, details: String,
    filter: ProbeProgram.TargetFilter,
    _ make: @escaping @Sendable (AttachPoint.Rate) -> AttachPoint
  ) -> ProbeType {
    ProbeType(
      name: name, shortNames: [shortName], summary: summary, details: details,
      isListedByDefault: false,
      resolve: { syntax, resolution throws(MachineError) in
        if let wrong = ResolvedProbes.wrongCount(syntax, of: name, allowed: 1...2) { return wrong }
        switch TimerRate.parse(syntax.targets, probe: name, options: resolution.options) {
        case .failure(let problem): return .error("timer-rate", problem.message, syntax)
        case .success(let timer):
          return ResolvedProbes(probes: [
            ResolvedAttachPoint(
              probeType: name, name: "\(name):\(timer.unit):\(timer.text)",
              points: [make(timer.rate)],
              programs: [
                ProbeProgram(
                  .perfEvent, label: "perf_event/\(name)", context: try perfContext(resolution),
                  targetFilter: filter)
              ])
          ])
        }
      },
      list: { query throws(MachineError) in
        let unit = query.parts.first ?? ""
        let pattern = NamePattern(unit.isEmpty && query.parts.count < 2 ? "*" : unit)
        let units = ["hz", "ms", "s", "us"].filter { pattern.matches($0) }
        return .probes(units.map { ListedProbe(name: "\(name):\($0):") })
      })
  }

  // MARK: Counters

  static let software = counted(
    "software", shortName: "s", events: PerfEvent.software,
    summary: "A software event of the kernel.",
    label: "software"
  ) { .software(config: $0, period: $1) }

  static let hardware = counted(
    "hardware", shortName: "h", events: PerfEvent.hardware,
    summary: "An event of the processor's performance counters.", label: "hardware",
    takesUnits: true
  ) { .hardware(config: $0, period: $1) }

  private static func counted(
    _ name: String, shortName: String, events: [PerfEvent], summary: String, label: String,
    takesUnits: Bool = false,
    _ make: @escaping @Sendable (UInt64, UInt64) -> AttachPoint
  ) -> ProbeType {
    ProbeType(
      name: name, shortNames: [shortName], summary: summary,
      details:
        "Written `\(name):EVENT:COUNT`; fires once for each COUNT events. `-l '\(name):*'` lists "
        + "the events; without COUNT each has a number of its own."
        + (takesUnits
          ? " Other events are written as perf writes them: `hardware:r01c2:100000` by number, "
            + "`hardware:cpu/cache-misses/:1000` by the name that a unit in /sys/bus/event_source/devices has for it, "
            + "`hardware:\"cpu/event=0xc0,umask=1/\":100000` by its fields. `-l 'hardware:*/*'` lists those that have names."
          : ""),
      isListedByDefault: true,
      requires: name == "hardware" ? [.hardwareEvents] : [],
      resolve: { syntax, resolution throws(MachineError) in
        if let wrong = ResolvedProbes.wrongCount(syntax, of: name, allowed: 1...2) { return wrong }
        let targets = syntax.targets
        if targets[0].contains("*") {
          return .error(
            "no-wildcards", "wildcards are not allowed for \(name) probe type", syntax)
        }
        let named = events.first { $0.names.contains(targets[0]) }
        let ofUnit = named == nil && takesUnits ? PerformanceEventName(targets[0]) : nil
        if let ofUnit, resolution.isForThisMachine,
          case .failure(let problem) = try resolution.kernel.performanceEvent(ofUnit)
        {
          return .error(
            "unknown-event", problem.description, syntax,
            hints: problem.nearest.map { ["Did you mean '\($0)'?"] } ?? [])
        }
        guard named != nil || ofUnit != nil else {
          let nearest = NearestName.of(targets[0], among: events.flatMap(\.names))
          return .error(
            "unknown-event", "\(targets[0]) is not a \(name) probe", syntax,
            hints: nearest.map { ["Did you mean '\(name):\($0)'?"] } ?? [])
        }
        var period = named?.period ?? PerfEvent.periodOfUnits
        var shown = ""
        if targets.count == 2, !targets[1].isEmpty, targets[1] != "*" {
          guard let count = FunctionTarget.number(targets[1]), count > 0 else {
            return .error(
              "event-count", "Invalid count for \(name) probe: invalid integer: \(targets[1])",
              syntax)
          }
          period = count
          shown = ":\(count)"
        }
        return ResolvedProbes(probes: [
          ResolvedAttachPoint(
            probeType: name, name: "\(name):\(targets[0])\(shown)",
            points: [
              named.map { make($0.config, period) }
                ?? .performanceEvent(targets[0], period: period)
            ],
            programs: [
              ProbeProgram(
                .perfEvent, label: "perf_event/\(label)", context: try perfContext(resolution),
                targetFilter: .attachment)
            ])
        ])
      },
      list: { query throws(MachineError) in
        let pattern = NamePattern(query.parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "*")
        var names = events.flatMap(\.names).filter { pattern.matches($0) }.sorted()
        if takesUnits, pattern.text.contains("/") {
          names += try query.kernel.performanceEvents(matching: pattern)
        }
        return .probes(names.map { ListedProbe(name: "\(name):\($0):") })
      })
  }
}

/// A perf event by the names scripts use.
struct PerfEvent: Sendable {
  let names: [String]
  /// The number perf_event_open(2) knows it by.
  let config: UInt64
  /// How many of it make one hit when the script does not say.
  let period: UInt64

  private init(_ names: String..., config: UInt64, period: UInt64) {
    self.names = names
    self.config = config
    self.period = period
  }

  /// The same for events of performance monitoring units.
  static let periodOfUnits: UInt64 = 1_000_000

  /// `enum perf_sw_ids`.
  static let software = [
    PerfEvent("alignment-faults", config: 7, period: 1),
    PerfEvent("bpf-output", config: 10, period: 1),
    PerfEvent("context-switches", "cs", config: 3, period: 1000),
    PerfEvent("cpu-clock", "cpu", config: 0, period: 1_000_000),
    PerfEvent("cpu-migrations", config: 4, period: 1),
    PerfEvent("dummy", config: 9, period: 1),
    PerfEvent("emulation-faults", config: 8, period: 1),
    PerfEvent("major-faults", config: 6, period: 1),
    PerfEvent("minor-faults", config: 5, period: 100),
    PerfEvent("page-faults", "faults", config: 2, period: 100),
    PerfEvent("task-clock", config: 1, period: 1),
  ]

  /// `enum perf_hw_id`.
  static let hardware = [
    PerfEvent("backend-stalls", config: 8, period: 1_000_000),
    PerfEvent("branch-instructions", "branches", config: 4, period: 100_000),
    PerfEvent("branch-misses", config: 5, period: 100_000),
    PerfEvent("bus-cycles", config: 6, period: 100_000),
    PerfEvent("cache-misses", config: 3, period: 1_000_000),
    PerfEvent("cache-references", config: 2, period: 1_000_000),
    PerfEvent("cpu-cycles", "cycles", config: 0, period: 1_000_000),
    PerfEvent("frontend-stalls", config: 7, period: 1_000_000),
    PerfEvent("instructions", config: 1, period: 1_000_000),
    PerfEvent("ref-cycles", config: 9, period: 1_000_000),
  ]
}

/// How often a timer of a script fires.
struct TimerRate: Sendable {
  let unit: String
  /// How many of them, or the option that says it.
  let text: String
  let rate: AttachPoint.Rate

  struct Problem: Error {
    let message: String

    static func notPositive(_ probe: String) -> Problem {
      Problem(message: "\(probe) frequency should be a positive integer")
    }
  }

  /// From `[hz, 99]`, or `[250ms]`.
  ///
  /// - Parameter options: Those that the script declares; the name of one that is a number may stand for the
  ///   number.
  static func parse(
    _ targets: [String], probe: String, options: [ScriptOption]
  ) -> Result<TimerRate, Problem> {
    if targets.count == 1 { return single(targets[0], probe) }
    guard let factor = factors[targets[0]] ?? (targets[0] == "hz" ? 0 : nil) else {
      return .failure(Problem(message: "\(targets[0]) is not an accepted unit of time"))
    }
    if let option = options.first(where: { $0.name == targets[1] }),
      case .unsigned(1...) = option.defaultValue
    {
      return .success(
        TimerRate(
          unit: targets[0], text: targets[1],
          rate: .option(option.name, unit: factor == 0 ? nil : factor)))
    }
    let count: UInt64
    switch number(targets[1], probe) {
    case .failure(let problem): return .failure(problem)
    case .success(let literal): count = literal.value
    }
    guard count > 0 else { return .failure(.notPositive(probe)) }
    if factor == 0 {
      return .success(TimerRate(unit: "hz", text: String(count), rate: .hertz(count)))
    }
    let product = count.multipliedReportingOverflow(by: factor)
    guard !product.overflow else {
      return .failure(Problem(message: "\(probe) frequency is too large: \(targets[1])"))
    }
    return .success(
      TimerRate(
        unit: targets[0], text: String(count), rate: .nanoseconds(product.partialValue)))
  }

  /// A number as scripts write them.
  ///
  /// - Parameter isDuration: Whether a unit of time may follow.
  private static func number(
    _ text: String, _ probe: String, isDuration: Bool = false
  ) -> Result<IntegerLiteral, Problem> {
    if text.hasPrefix("-") { return .failure(.notPositive(probe)) }
    let reason: String
    do throws(IntegerLiteralError) {
      let literal = try IntegerLiteral(parsing: text, acceptsBinary: false)
      if literal.suffix == nil || isDuration && literal.isDuration { return .success(literal) }
      reason = "invalid trailing bytes: \(text)"
    } catch {
      reason =
        switch error {
        case .notANumber: "invalid integer: \(text)"
        case .overflow(_, let maximum): "overflow error, maximum value is \(maximum): \(text)"
        default: "invalid trailing bytes: \(text)"
        }
    }
    return .failure(Problem(message: "Invalid rate of \(probe) probe: \(reason)"))
  }

  private static let factors: [String: UInt64] = [
    "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
  ]

  private static func single(_ text: String, _ probe: String) -> Result<TimerRate, Problem> {
    let nanoseconds: UInt64
    switch number(text, probe, isDuration: true) {
    case .failure(let problem): return .failure(problem)
    case .success(let literal): nanoseconds = literal.value
    }
    if nanoseconds < 1000 {
      return .failure(
        Problem(
          message: "Invalid rate of \(probe) probe. Minimum is 1000 or 1us. Found: \(nanoseconds) "
            + "nanoseconds"))
    }
    let microseconds = nanoseconds / 1000
    return .success(
      TimerRate(
        unit: "us", text: String(microseconds), rate: .nanoseconds(microseconds * 1000)))
  }
}

extension PerformanceEventProblem {
  /// What was probably meant.
  fileprivate var nearest: String? {
    switch self {
    case .noUnit(let name, let units): NearestName.of(name, among: units)
    case .noTerm(let name, _, let terms): NearestName.of(name, among: terms)
    case .valueTooLarge: nil
    }
  }
}
