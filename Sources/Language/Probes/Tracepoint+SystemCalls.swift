import MachineView
import TraceIR
import TraceModel

/// The tracepoint at one end of one system call.
struct SystemCallEvent {
  enum End: String {
    case enter = "sys_enter"
    case exit = "sys_exit"
  }

  let end: End
  /// What the kernel calls the function: `openat`.
  let function: Substring

  /// Nil for a tracepoint of something else.
  init?(_ name: TracepointName) {
    guard name.category == "syscalls" else { return nil }
    for end in [End.enter, .exit] where name.event.hasPrefix(end.rawValue + "_") {
      self.end = end
      function = name.event.dropFirst(end.rawValue.count + 1)
      return
    }
    return nil
  }
}

/// Many system calls by one program (docs/decisions/0020).
///
/// The tracepoint of each call is attached by itself, which takes the kernel a while. One program on the raw
/// tracepoint that all calls have in common is attached at once and told the number of the call.
extension ProbeType {
  /// The fewest tracepoints that are worth a program which is run for all other calls too.
  static let manySystemCalls = 8

  /// Returns the program that carries tracepoints of system calls, if all of these are entries, or all
  /// are exits, and there are many.
  @Sendable static func systemCalls(
    _ probes: [ResolvedAttachPoint], _ architecture: Architecture
  ) -> [ProbeProgram] {
    guard probes.count >= manySystemCalls, let end = SystemCallEvent.End(rawValue: probes[0].family)
    else { return [] }
    let known = architecture.systemCallNumbers
    var numbers: [Int] = []
    for probe in probes {
      guard case .tracepoint(let category, let event)? = probe.points.first,
        let call = SystemCallEvent(TracepointName(category: category, event: event)),
        let number = known[String(call.function)]
      else { return [] }
      numbers.append(number)
    }
    var context = ContextShape(arguments: [], hasUsualStack: false)
    switch end {
    case .enter: context.site = .systemCall(.word(1))
    case .exit:
      context.site = .systemCall(.register(offset: architecture.systemCalls.numberOffset))
      context.arguments = probes[0].context.arguments?.filter { $0.name == "ret" }.map { field in
        var field = field
        field.access = .load(offset: 8)
        return field
      }
    }
    var program = ProbeProgram(
      .rawTracepoint, label: programLabel("raw_tp", end.rawValue), context: context,
      targetFilter: .predicate, points: [.rawTracepoint(event: end.rawValue)])
    program.siteNumbers = numbers
    return [program]
  }
}
