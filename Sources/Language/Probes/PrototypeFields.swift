import MachineView
import TraceIR
import TraceModel

/// Where a field of a tracepoint's record comes from: the kernel copies it out of an argument of the
/// tracepoint's prototype.
struct PrototypeField: Sendable {
  /// A member of a structure, by its name in the kernel's types.
  private enum Member: Sendable {
    case named(String)
    /// The register with the number of a system call.
    case systemCallNumber
    case instructionPointer
    /// One that is somewhere else in other kernels: the ways to it, newest first, and its type.
    case moved([[FieldPath.Step]], ScriptType)
  }

  /// The index of the argument.
  private var word: Int
  /// Nil for the argument itself.
  private var member: (structure: String, Member)?
  /// What the kernel makes of it before it goes into the record, where that is not the same.
  private var type: ScriptType?

  /// The argument itself.
  private static func word(_ index: Int) -> PrototypeField { PrototypeField(word: index) }

  /// A member of the structure that the argument points to.
  private static func member(
    _ word: Int, _ structure: String, _ member: Member, as type: ScriptType? = nil
  ) -> PrototypeField {
    PrototypeField(word: word, member: (structure, member), type: type)
  }

  private static func member(_ word: Int, _ structure: String, _ name: String) -> PrototypeField {
    .member(word, structure, .named(name))
  }

  /// The fields of a tracepoint, `category:event`, that its prototype gives.
  ///
  /// What is here is so on every kernel since 5.10 that has the field. What is not here only the record has.
  static func of(_ tracepoint: String) -> [String: PrototypeField] { all[tracepoint] ?? [:] }

  private static let all: [String: [String: PrototypeField]] =
    scheduler.merging(tasks) { $1 }.merging(interrupts) { $1 }.merging(timers) { $1 }
    .merging(memory) { $1 }.merging(network) { $1 }.merging(others) { $1 }

  // MARK: Tasks

  private static let scheduler: [String: [String: PrototypeField]] = [
    "sched:sched_kthread_stop": task(0, ["comm", "pid"]),
    "sched:sched_migrate_task": task(0).merging(
      ["orig_cpu": processor(0), "dest_cpu": .word(1)]) { $1 },
    "sched:sched_pi_setprio": task(0, ["comm", "pid"]).merging(
      ["oldprio": .member(0, "task_struct", "prio")]) { $1 },
    "sched:sched_process_exec": ["pid": .member(0, "task_struct", "pid"), "old_pid": .word(1)],
    "sched:sched_process_exit": task(0).merging(["group_dead": .word(1)]) { $1 },
    "sched:sched_process_fork": task(0, ["comm", "pid"], prefix: "parent_").merging(
      task(1, ["comm", "pid"], prefix: "child_")
    ) { $1 },
    "sched:sched_process_free": task(0),
    "sched:sched_process_hang": task(0, ["comm", "pid"]),
    "sched:sched_stat_blocked": delay, "sched:sched_stat_iowait": delay,
    "sched:sched_stat_sleep": delay, "sched:sched_stat_wait": delay,
    "sched:sched_stat_runtime": task(0, ["comm", "pid"]).merging(["runtime": .word(1)]) { $1 },
    // `prev_state` is worked out, by rules that every few releases change.
    "sched:sched_switch": task(1, prefix: "prev_").merging(task(2, prefix: "next_")) { $1 },
    "sched:sched_wait_task": task(0),
    "sched:sched_wakeup": wakeup, "sched:sched_wakeup_new": wakeup, "sched:sched_waking": wakeup,
  ]

  private static let tasks: [String: [String: PrototypeField]] = [
    "raw_syscalls:sys_enter": ["id": .word(1)],
    // `syscall_get_nr()` returns an `int`.
    "raw_syscalls:sys_exit": [
      "id": .member(0, "pt_regs", .systemCallNumber, as: .int32), "ret": .word(1),
    ],
    "signal:signal_deliver": ["sig": .word(0)],
    "signal:signal_generate": task(2, ["comm", "pid"]).merging(
      ["sig": .word(0), "group": .word(3), "result": .word(4)]) { $1 },
    "task:task_newtask": task(0, ["comm", "pid"]).merging(["clone_flags": .word(1)]) { $1 },
    "task:task_rename": [
      "pid": .member(0, "task_struct", "pid"), "oldcomm": .member(0, "task_struct", "comm"),
    ],
  ]

  private static let wakeup = task(0).merging(["target_cpu": processor(0)]) { $1 }
  private static let delay = task(0, ["comm", "pid"]).merging(["delay": .word(1)]) { $1 }

  /// What records tell of a task, with what the names of the fields begin with.
  private static func task(
    _ argument: Int, _ members: [String] = ["comm", "pid", "prio"], prefix: String = ""
  ) -> [String: PrototypeField] {
    var fields: [String: PrototypeField] = [:]
    for member in members { fields[prefix + member] = .member(argument, "task_struct", member) }
    return fields
  }

  /// The processor of a task, which moved in 5.16.
  private static func processor(_ argument: Int) -> PrototypeField {
    let number = FieldPath.Step.member("cpu", .integer(bytes: 4, signed: false))
    let ways = [[.member("thread_info", .structure(name: "thread_info")), number], [number]]
    return .member(argument, "task_struct", .moved(ways, .uint32))
  }

  // MARK: Interrupts and time

  private static let interrupts: [String: [String: PrototypeField]] = [
    "irq:irq_handler_entry": ["irq": .word(0)],
    "irq:irq_handler_exit": ["irq": .word(0), "ret": .word(2)],
    "irq:softirq_entry": ["vec": .word(0)],
    "irq:softirq_exit": ["vec": .word(0)],
    "irq:softirq_raise": ["vec": .word(0)],
    "nmi:nmi_handler": ["handler": .word(0), "delta_ns": .word(1), "handled": .word(2)],
    "workqueue:workqueue_execute_end": ["work": .word(0), "function": .word(1)],
    "workqueue:workqueue_execute_start": [
      "work": .word(0), "function": .member(0, "work_struct", "func"),
    ],
  ].merging(vectors) { $1 }

  private static let vectors: [String: [String: PrototypeField]] = {
    let names = [
      "call_function", "call_function_single", "deferred_error_apic", "error_apic", "irq_work",
      "local_timer", "reschedule", "spurious_apic", "thermal_apic", "threshold_apic",
      "x86_platform_ipi",
    ]
    var fields: [String: [String: PrototypeField]] = [:]
    for name in names {
      for side in ["entry", "exit"] { fields["irq_vectors:\(name)_\(side)"] = ["vector": .word(0)] }
    }
    return fields
  }()

  private static let timers: [String: [String: PrototypeField]] = [
    "power:cpu_frequency": ["state": .word(0), "cpu_id": .word(1)],
    "power:cpu_idle": ["state": .word(0), "cpu_id": .word(1)],
    "timer:hrtimer_cancel": ["hrtimer": .word(0)],
    "timer:hrtimer_expire_entry": ["hrtimer": .word(0)],
    "timer:hrtimer_expire_exit": ["hrtimer": .word(0)],
    "timer:hrtimer_start": [
      "hrtimer": .word(0), "softexpires": .member(0, "hrtimer", "_softexpires"), "mode": .word(1),
    ],
    "timer:tick_stop": ["success": .word(0), "dependency": .word(1)],
    "timer:timer_cancel": ["timer": .word(0)],
    "timer:timer_expire_entry": ["timer": .word(0), "baseclk": .word(1)],
    "timer:timer_expire_exit": ["timer": .word(0)],
    "timer:timer_start": ["timer": .word(0), "expires": .member(0, "timer_list", "expires")],
  ]

  // MARK: Memory, network and all else

  /// Sizes are not here: in some releases an argument stood before them.
  private static let memory: [String: [String: PrototypeField]] = [
    "exceptions:page_fault_kernel": pageFault,
    "exceptions:page_fault_user": pageFault,
    "kmem:kfree": ["call_site": .word(0), "ptr": .word(1)],
    "kmem:kmalloc": ["call_site": .word(0), "ptr": .word(1)],
    "kmem:kmem_cache_alloc": ["call_site": .word(0), "ptr": .word(1)],
    "kmem:kmem_cache_free": ["call_site": .word(0), "ptr": .word(1)],
    "kmem:mm_page_alloc": ["order": .word(1), "gfp_flags": .word(2), "migratetype": .word(3)],
    "kmem:mm_page_free": ["order": .word(1)],
    "vmscan:mm_vmscan_direct_reclaim_end": ["nr_reclaimed": .word(0)],
    "vmscan:mm_vmscan_kswapd_sleep": ["nid": .word(0)],
  ]

  private static let pageFault: [String: PrototypeField] = [
    "address": .word(0), "ip": .member(1, "pt_regs", .instructionPointer), "error_code": .word(2),
  ]

  private static let network: [String: [String: PrototypeField]] = [
    "napi:napi_poll": ["napi": .word(0), "work": .word(1), "budget": .word(2)],
    "net:net_dev_queue": packet,
    "net:net_dev_xmit": ["skbaddr": .word(0), "rc": .word(1), "len": .word(3)],
    "net:netif_receive_skb": packet,
    "net:netif_rx": packet,
    "skb:consume_skb": ["skbaddr": .word(0)],
    "skb:kfree_skb": ["skbaddr": .word(0), "location": .word(1)],
    "sock:inet_sock_set_state": [
      "skaddr": .word(0), "oldstate": .word(1), "newstate": .word(2),
      "protocol": .member(0, "sock", "sk_protocol"),
    ],
  ]

  private static let packet: [String: PrototypeField] = [
    "skbaddr": .word(0), "len": .member(0, "sk_buff", "len"),
  ]

  private static let others: [String: [String: PrototypeField]] = [
    "lock:contention_begin": ["lock_addr": .word(0), "flags": .word(1)],
    "lock:contention_end": ["lock_addr": .word(0), "ret": .word(1)],
    "msr:rdpmc": register, "msr:read_msr": register, "msr:write_msr": register,
    "tlb:tlb_flush": ["reason": .word(0), "pages": .word(1)],
  ]

  private static let register: [String: PrototypeField] = [
    "msr": .word(0), "val": .word(1), "failed": .word(2),
  ]
}

extension PrototypeField {
  /// How a program reaches a field of that type; nil if the structure has nothing like it.
  ///
  /// - Parameter isTyped: Whether the verifier knows what arguments point to.
  func access(
    to type: ScriptType, isTyped: Bool, _ resolution: ProbeResolution
  ) throws(MachineError) -> ContextField.Access? {
    guard let (structure, member) = member else {
      guard type.isScalar else { return nil }
      // A pointer that the verifier knows is no number before it was made one.
      return isTyped && type.isPointer ? .typed(offset: word * 8) : .load(offset: word * 8)
    }
    let name: String
    switch member {
    case .moved(let ways, let found):
      return Self.fits(found, type)
        ? .pointed(
          word: word,
          .init(ways.map { FieldPath(root: structure, steps: $0) }, found, isTyped: isTyped)) : nil
    case .named(let given): name = given
    case .systemCallNumber: name = resolution.architecture.systemCallNumber
    case .instructionPointer: name = resolution.architecture.instructionPointer
    }
    guard
      case .structure(let reference) = try resolution.types.named(
        structure, keyword: "struct", space: .kernel),
      let field = try resolution.types.field(name, of: reference, space: .kernel),
      field.bits == nil, Self.fits(self.type ?? field.type, type)
    else { return nil }
    let path = FieldPath(root: structure, steps: [.member(field.name, field.target)])
    return .pointed(word: word, .init([path], self.type ?? field.type, isTyped: isTyped))
  }

  /// Whether a value of one type can be assigned to another as C does it.
  private static func fits(_ value: ScriptType, _ target: ScriptType) -> Bool {
    if case .string(let given) = value, case .string(let room) = target { return given <= room }
    return value.isScalar && target.isScalar
  }
}
