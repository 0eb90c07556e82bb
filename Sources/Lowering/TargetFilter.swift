import Language
import Semantics
import TraceIR
import TraceModel

/// What comes before the predicate: a program ends at once in a process that the run is not about.
///
/// Each comparison stands behind a load-time constant; where that is 0 the verifier never looks at it.
extension ProbeLowering {
  func lowerTargetFilter() {
    switch form.targetFilter {
    case .none: return
    case .attachment: break
    case .processAttachment:
      if script.target.knowsTaskFilters || script.target.startsCommand {
        lowerDescentFilter(.processProbes)
      }
    case .predicate: lowerProcessFilter()
    }
    // A script that chooses processes by a parameter of its own does not mean the current one: it may
    // be a waker that the scheduler happens to run in.
    guard script.target.knowsTaskFilters,
      !script.script.options.contains(where: { $0.name == ScriptOption.processName })
    else { return }
    if case .predicate = form.targetFilter { lowerDescentFilter(.everything) }
    for filter in TaskFilter.allCases {
      let isUsed = body.loadTimeInteger(.usesTaskFilter(filter), default: 0)
      builder.if(builder.isNonzero(isUsed), "filter") { lowerTaskFilter(filter) }
    }
  }

  private func lowerProcessFilter() {
    let target = body.loadTimeInteger(.targetPID, default: 0)
    builder.if(builder.isNonzero(target), "filter") {
      let process = ProcessID.current(
        isThread: false, builder, constant: { body.loadTimeInteger($0, default: 0) },
        temporary: { body.scratch(bytes: $0) })
      let wide = builder.resize(process, to: .i64, signed: false)
      builder.if(builder.compare(.notEqual, wide, target), "other") {
        builder.return(.word(body.defaultResult))
      }
    }
  }

  /// How many generations of processes there may be between the command and what it started.
  private static let mostGenerations: Int64 = 64

  /// Ends the program in a process that is not the command of `-c` and was not started by it.
  ///
  /// The tracer is an ancestor of all these processes, also of those whose parents have ended, because
  /// it takes in orphans below it.
  private func lowerDescentFilter(_ scope: LoadTimeConstant.CommandScope) {
    let tracer = body.loadTimeInteger(.tracerTask(scope), default: 0)
    builder.if(builder.isNonzero(tracer), "filter") {
      let offset = body.loadTimeInteger(.parentOffset, default: 0)
      let (task, generation) = (body.scratch(bytes: 8), body.scratch(bytes: 8))
      builder.store(builder.emit(.helper(.getCurrentTask, [])), to: task)
      builder.zero(generation, bytes: 8)
      let next = builder.newBlock("ancestor")
      let read = builder.newBlock("ancestor.read")
      let other = builder.newBlock("other")
      let found = builder.newBlock("descendant")
      builder.branch(to: next)
      builder.position(at: next)
      let number = builder.load(.i64, from: generation)
      builder.branch(
        if: builder.compare(.lessSigned, number, .word(Self.mostGenerations)), then: read,
        else: other)
      builder.position(at: read)
      builder.store(builder.add(number, .word(1)), to: generation)
      let child = builder.load(.i64, from: task)
      builder.zero(task, bytes: 8)
      builder.perform(
        .probeRead(.kernel, to: task, size: .word(8), from: builder.add(child, offset)))
      builder.branch(
        if: builder.compare(.equal, builder.load(.i64, from: task), tracer), then: found, else: next
      )
      builder.position(at: other)
      builder.return(.word(body.defaultResult))
      builder.position(at: found)
    }
  }

  private func lowerTaskFilter(_ filter: TaskFilter) {
    let map = script.map(of: filter)
    switch filter {
    case .cgroup:
      let answer = builder.emit(.isUnderCgroup(map: map))
      builder.if(builder.compare(.notEqual, answer, .word(1)), "other") {
        builder.return(.word(body.defaultResult))
      }
    case .cgroupMap: requireKey(builder.emit(.helper(.getCurrentCgroupID, [])), in: map)
    case .mountNamespaceMap: requireKey(mountNamespace(for: filter), in: map)
    }
  }

  /// Ends the program unless the map has the key: `i64`.
  private func requireKey(_ value: IRValue, in map: Int) {
    let key = body.scratch(bytes: 8)
    builder.store(value, to: key)
    let found = builder.emit(.mapLookup(map: map, key: key))
    builder.if(builder.compare(.equal, found, .null), "other") {
      builder.return(.word(body.defaultResult))
    }
  }

  /// The inode number of the current process's mount namespace, or 0 if it has left all: `i64`.
  ///
  /// The fields are not relocated but constants, so that a run without the filter need not look at
  /// the kernel's types.
  private func mountNamespace(for filter: TaskFilter) -> IRValue {
    var value = builder.emit(.helper(.getCurrentTask, []))
    let slot = body.scratch(bytes: 8)
    let fields = [("task_struct.nsproxy", 8), ("nsproxy.mnt_ns", 8), ("mnt_namespace.ns.inum", 4)]
    for (field, bytes) in fields {
      let offset = body.loadTimeInteger(.fieldOffset(field, for: filter), default: 0)
      builder.zero(slot, bytes: 8)
      builder.perform(
        .probeRead(.kernel, to: slot, size: .word(bytes), from: builder.add(value, offset)))
      value = builder.load(.i64, from: slot)
    }
    return value
  }
}
