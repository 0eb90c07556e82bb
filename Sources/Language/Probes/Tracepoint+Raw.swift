import MachineView
import TraceIR
import TraceModel

/// Raw tracepoints in the place of tracepoints.
///
/// For a tracepoint the kernel fills in a record and hands it to the program. A raw tracepoint hands over
/// the arguments from which the record would be made, and no record is made (docs/decisions/0019).
extension ProbeType {
  /// Returns the program that carries a tracepoint as the raw tracepoint of its event; nil if the kernel
  /// has none of that name.
  ///
  /// - Parameter arguments: The fields of the tracepoint. Those that the arguments of the prototype give
  ///   too are in the program's context.
  static func rawTracepoint(
    insteadOf name: TracepointName, _ arguments: [ContextField], _ resolution: ProbeResolution
  ) throws(MachineError) -> ProbeProgram? {
    // Tracepoints of single system calls have no raw ones of their own.
    guard name.category != "syscalls",
      try !resolution.kernel.rawTracepoints(
        module: NamePattern("vmlinux"), event: NamePattern(name.event)
      ).isEmpty
    else { return nil }
    let prototype = PrototypeField.byTracepoint["\(name.category):\(name.event)"] ?? [:]
    var fields: [ContextField] = []
    for argument in arguments {
      guard let place = prototype[argument.name],
        let access = try place.access(to: argument.type, resolution)
      else { continue }
      fields.append(
        ContextField(
          name: argument.name, type: argument.type, access: access,
          declaration: argument.declaration))
    }
    return ProbeProgram(
      .rawTracepoint, label: programLabel("raw_tp", name.event),
      context: ContextShape(arguments: fields, hasUsualStack: false), targetFilter: .predicate,
      points: [.rawTracepoint(event: name.event)])
  }
}

/// Where a field of a tracepoint's record comes from: the kernel copies it out of an argument of the
/// tracepoint's prototype.
private enum PrototypeField {
  /// The argument itself, by its index.
  case word(Int)
  /// A member of the structure that the argument points to.
  case member(Int, structure: String, String)

  /// By category and event, then by field. What is not here only the record has; what is here is so
  /// on every kernel since 5.10.
  static let byTracepoint: [String: [String: PrototypeField]] = [
    "irq:irq_handler_entry": ["irq": .word(0)],
    "irq:irq_handler_exit": ["irq": .word(0), "ret": .word(2)],
    "irq:softirq_entry": ["vec": .word(0)],
    "irq:softirq_exit": ["vec": .word(0)],
    "irq:softirq_raise": ["vec": .word(0)],
    "power:cpu_frequency": ["state": .word(0), "cpu_id": .word(1)],
    "power:cpu_idle": ["state": .word(0), "cpu_id": .word(1)],
    "raw_syscalls:sys_enter": ["id": .word(1)],
    "raw_syscalls:sys_exit": ["ret": .word(1)],
    "sched:sched_migrate_task": task(0).merging(["dest_cpu": .word(1)]) { $1 },
    "sched:sched_process_exec": [
      "pid": .member(0, structure: "task_struct", "pid"), "old_pid": .word(1),
    ],
    "sched:sched_process_exit": task(0),
    "sched:sched_process_fork": [
      "parent_pid": .member(0, structure: "task_struct", "pid"),
      "child_pid": .member(1, structure: "task_struct", "pid"),
    ],
    "sched:sched_stat_runtime": [
      "pid": .member(0, structure: "task_struct", "pid"), "runtime": .word(1),
    ],
    "sched:sched_switch": task(1, prefix: "prev_").merging(task(2, prefix: "next_")) { $1 },
    "sched:sched_wakeup": task(0),
    "sched:sched_wakeup_new": task(0),
    "sched:sched_waking": task(0),
  ]

  /// What records tell of a task, with what the names of the fields begin with.
  private static func task(_ argument: Int, prefix: String = "") -> [String: PrototypeField] {
    var fields: [String: PrototypeField] = [:]
    for member in ["comm", "pid", "prio"] {
      fields[prefix + member] = .member(argument, structure: "task_struct", member)
    }
    return fields
  }

  /// How a program reaches a field of that type; nil if the structure has nothing like it.
  func access(
    to type: ScriptType, _ resolution: ProbeResolution
  ) throws(MachineError) -> ContextField.Access? {
    switch self {
    case .word(let index): return type.isScalar ? .load(offset: index * 8) : nil
    case .member(let word, let structure, let member):
      guard
        case .structure(let reference) = try resolution.types.named(
          structure, keyword: "struct", space: .kernel),
        let field = try resolution.types.field(member, of: reference, space: .kernel),
        field.type == type, field.bits == nil
      else { return nil }
      return .pointed(
        word: word,
        FieldPath(root: structure, steps: [.member(field.name, field.target)]))
    }
  }
}
