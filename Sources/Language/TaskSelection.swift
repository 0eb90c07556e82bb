package import TraceIR
internal import TraceModel

/// The code that asks whether a run is about a task.
///
/// Each question stands behind a load-time constant; where that is 0 the verifier never looks at it.
package struct TaskSelection {
  /// Whom the question is about.
  package enum Subject {
    /// The thread that runs.
    case running
    /// The task at an address (`i64`).
    case task(IRValue)
  }

  private let code: any CodeLowering
  private let subject: Subject
  /// Ends the block that is being written: the run is not about the task.
  private let reject: () -> Void
  private let memory = Memory()

  /// The memory that the questions share, because they are asked one after the other. Numbers of different
  /// widths do not: LLVM keeps them in registers.
  private final class Memory {
    enum Use {
      case field, number, ownNumber, namespace, key, place, count, name
    }

    var slots: [Use: IRSlotID] = [:]
  }

  private var builder: IRBuilder { code.builder }

  /// - Parameter reject: Ends a block that is entered if the run is not about the task.
  package init(_ code: any CodeLowering, _ subject: Subject, reject: @escaping () -> Void) {
    self.code = code
    self.subject = subject
    self.reject = reject
  }

  /// Asks all that a run can be restricted to.
  package func lowerAll() {
    lowerProcess()
    if code.knowsTaskFilters || code.startsCommand {
      let tracer = constant(.tracerTask(.processProbes))
      builder.if(builder.isNonzero(tracer), "filter") { lowerDescent(from: tracer) }
    }
    if code.knowsTaskFilters {
      lowerEnd()
      lowerOwnProcess()
      lowerFilters()
    }
  }

  // MARK: The target

  /// Is it the process of `-p`?
  package func lowerProcess() {
    let target = constant(.targetPID)
    builder.if(builder.isNonzero(target), "filter") {
      let process = number(isThread: false, for: .process)
      let wide = builder.resize(process, to: .i64, signed: false)
      rejectIf(builder.compare(.notEqual, wide, target))
    }
  }

  /// Is it the command of `-c`, or was it started by that?
  ///
  /// The tracer is an ancestor of all these processes, also of those whose parents have ended, because
  /// it takes in orphans below it. Its child among them must have executed a program: those that have not are the
  /// tracer's own, which become the command, or close what it has attached.
  ///
  /// - Parameter tracer: The tracer's task: `i64`.
  package func lowerDescent(from tracer: IRValue) {
    let offset = constant(.parentOffset)
    let lastChild = memory(for: .key, bytes: 8)
    search(from: address, "ancestor") { task in
      let child = builder.load(.i64, from: task)
      builder.store(child, to: lastChild)
      builder.zero(task, bytes: 8)
      builder.perform(
        .probeRead(.kernel, to: task, size: .word(8), from: builder.add(child, offset)))
      return builder.compare(.equal, builder.load(.i64, from: task), tracer)
    }
    let executions = constant(.executionOffset)
    let ofChild = read(4, from: builder.add(builder.load(.i64, from: lastChild), executions))
    let ofTracer = read(4, from: builder.add(tracer, executions))
    rejectIf(builder.compare(.equal, ofChild, ofTracer))
  }

  /// Does the run still go on? What happens in other processes while they close its probes belongs to no run.
  package func lowerEnd() {
    let key = memory(for: .key, bytes: 8)
    builder.store(.word(0), to: key)
    let place = builder.emit(.mapLookup(map: code.mapOfEnd(), key: key))
    rejectIf(builder.compare(.equal, place, .null))
    rejectIf(builder.isNonzero(builder.load(.i64, from: place)))
  }

  /// Is it not the tracer itself, in runs that leave that out?
  package func lowerOwnProcess() {
    let own = constant(.skippedProcess)
    builder.if(builder.isNonzero(own), "own") {
      let process: IRValue =
        switch subject {
        case .running:
          builder.binary(.shiftRight, builder.emit(.helper(.getCurrentPIDTGID, [])), .word(32))
        case .task(let task): process(of: task)
        }
      rejectIf(builder.compare(.equal, process, own))
    }
  }

  // MARK: Filters

  /// Does it pass the filters of the run?
  package func lowerFilters() {
    for filter in TaskFilter.guarded {
      let isUsed = constant(.usesTaskFilter(filter))
      builder.if(builder.isNonzero(isUsed), "filter") { lower(filter) }
    }
  }

  private func lower(_ filter: TaskFilter) {
    switch filter {
    case .process: lowerProcess()
    case .thread:
      let thread = number(isThread: true, for: filter)
      rejectUnless(builder.resize(thread, to: .i64, signed: false), equals: filter)
    case .parent:
      let parent = read(8, from: address, "task_struct.real_parent", for: filter)
      let number = numberOfTask(parent, isThread: false, for: filter)
      rejectUnless(builder.resize(number, to: .i64, signed: false), equals: filter)
    case .user:
      let user: IRValue
      switch subject {
      case .running:
        let ids = builder.emit(.helper(.getCurrentUIDGID, []))
        user = builder.binary(.and, ids, .word(0xffff_ffff))
      case .task(let task):
        // Not those that it acts by for a moment, as in an overlay of file systems.
        let credentials = read(8, from: task, "task_struct.real_cred", for: filter)
        user = read(4, from: credentials, "cred.uid", for: filter)
      }
      rejectUnless(user, equals: filter)
    case .commandName: lowerName()
    case .cgroup: lowerCgroup()
    case .cgroupMap:
      let group: IRValue =
        switch subject {
        case .running: builder.emit(.helper(.getCurrentCgroupID, []))
        case .task(let task): identifier(ofCgroup: cgroup(of: task, for: filter), for: filter)
        }
      rejectUnless(isKey: group, of: filter)
    case .mountNamespace: rejectUnless(mountNamespace(for: filter), equals: filter)
    case .mountNamespaceMap:
      rejectUnless(isKey: mountNamespace(for: filter), of: filter)
    }
  }

  private func lowerName() {
    let filter = TaskFilter.commandName
    let name = memory(for: .name, bytes: TaskFilter.nameCapacity)
    builder.zero(name, bytes: TaskFilter.nameCapacity)
    switch subject {
    case .running:
      builder.perform(.helper(.getCurrentComm, [name, .word(TaskFilter.nameCapacity)]))
    case .task(let task):
      builder.perform(
        .probeReadString(
          .kernel, to: name, size: .word(TaskFilter.nameCapacity),
          from: builder.add(task, offset(of: "task_struct.comm", for: filter))))
    }
    let part = code.loadTimeString(
      .operand(of: filter), capacity: TaskFilter.nameCapacity, default: "")
    let place = Haystack(text: name, capacity: TaskFilter.nameCapacity, endsAtNUL: true)
      .place(of: part, capacity: TaskFilter.nameCapacity, in: code)
    rejectIf(builder.compare(.lessSigned, place, .word(0)))
  }

  private func lowerCgroup() {
    let filter = TaskFilter.cgroup
    switch subject {
    case .running:
      let answer = builder.emit(.isUnderCgroup(map: code.map(of: filter)))
      rejectIf(builder.compare(.notEqual, answer, .word(1)))
    case .task(let task):
      // Whoever fills the map does not know that this code does without it.
      _ = code.map(of: filter)
      let wanted = constant(.operand(of: filter))
      search(from: cgroup(of: task, for: filter), "cgroup") { place in
        let group = builder.load(.i64, from: place)
        rejectIf(builder.compare(.equal, group, .word(0)))
        // A cgroup's own state of a subsystem leads to that of the cgroup above it.
        let own = builder.add(group, offset(of: "cgroup.self", for: filter))
        builder.store(
          read(8, from: own, "cgroup_subsys_state.parent", for: filter), to: place)
        let id = identifier(ofCgroup: group, for: filter)
        return builder.compare(.equal, id, wanted)
      }
    }
  }

  // MARK: What is asked for

  /// The address of the task: `i64`.
  private var address: IRValue {
    switch subject {
    case .running: builder.emit(.helper(.getCurrentTask, []))
    case .task(let task): task
    }
  }

  /// The number of the task as the command's own pid namespace has it: `i32`.
  private func number(isThread: Bool, for filter: TaskFilter) -> IRValue {
    switch subject {
    case .running:
      ProcessID.current(
        isThread: isThread, builder, constant: constant,
        temporary: { memory(for: $0 == 4 ? .ownNumber : .namespace, bytes: $0) })
    case .task(let task): numberOfTask(task, isThread: isThread, for: filter)
    }
  }

  /// The number of a task that need not run, as the command's own pid namespace has it: `i32`.
  private func numberOfTask(_ task: IRValue, isThread: Bool, for filter: TaskFilter) -> IRValue {
    let result = memory(for: .number, bytes: 8)
    let own = constant(.namespaceTask)
    builder.if(
      builder.isNonzero(own),
      then: {
        // A task has a number in each namespace down to its own.
        let place = read(8, from: own, "task_struct.thread_pid", for: filter)
        let level = read(4, from: place, "pid.level", for: filter)
        let named =
          isThread ? task : read(8, from: task, "task_struct.group_leader", for: filter)
        let numbers = read(8, from: named, "task_struct.thread_pid", for: filter)
        let deepest = read(4, from: numbers, "pid.level", for: filter)
        builder.store(.word(0), to: result)
        builder.if(builder.compare(.lessOrEqual, level, deepest), "seen") {
          // A number and its namespace are 16 bytes.
          let element = builder.add(numbers, builder.binary(.shiftLeft, level, .word(4)))
          builder.store(read(4, from: element, "pid.numbers", for: filter), to: result)
        }
      },
      else: {
        let field = isThread ? "task_struct.pid" : "task_struct.tgid"
        builder.store(read(4, from: task, field, for: filter), to: result)
      })
    return builder.resize(builder.load(.i64, from: result), to: .i32, signed: false)
  }

  /// The number of a task's process in the initial pid namespace: `i64`.
  ///
  /// This is asked in nearly every run, so it is relocated; a script that has the address of a task needs the
  /// task's type anyway.
  private func process(of task: IRValue) -> IRValue {
    read(
      4,
      from: builder.field(task, "task_struct", "tgid", .integer(bytes: 4, signed: true)))
  }

  /// The address of the cgroup (version 2) of a task: `i64`.
  private func cgroup(of task: IRValue, for filter: TaskFilter) -> IRValue {
    let groups = read(8, from: task, "task_struct.cgroups", for: filter)
    return read(8, from: groups, "css_set.dfl_cgrp", for: filter)
  }

  private func identifier(ofCgroup group: IRValue, for filter: TaskFilter) -> IRValue {
    let node = read(8, from: group, "cgroup.kn", for: filter)
    return read(8, from: node, "kernfs_node.id", for: filter)
  }

  /// The inode number of the process's mount namespace, or 0 if it has left all: `i64`.
  private func mountNamespace(for filter: TaskFilter) -> IRValue {
    let namespaces = read(8, from: address, "task_struct.nsproxy", for: filter)
    let mounts = read(8, from: namespaces, "nsproxy.mnt_ns", for: filter)
    return read(4, from: mounts, "mnt_namespace.ns.inum", for: filter)
  }

  // MARK: Parts

  private func memory(for use: Memory.Use, bytes: Int) -> IRValue {
    let slot = memory.slots[use] ?? code.temporarySlot(bytes: bytes)
    memory.slots[use] = slot
    return builder.address(of: slot)
  }

  private func constant(_ source: LoadTimeConstant.Source) -> IRValue {
    code.loadTimeInteger(source, default: 0)
  }

  /// Where a field is, in bytes: `i64`. Not relocated but a constant, so that a run without the filter
  /// need not look at the kernel's types.
  private func offset(of field: String, for filter: TaskFilter) -> IRValue {
    constant(.fieldOffset(field, for: filter))
  }

  /// A field of a structure at an address, of 4 or 8 bytes, or 0 if it cannot be read: `i64`.
  private func read(
    _ bytes: Int, from address: IRValue, _ field: String, for filter: TaskFilter
  ) -> IRValue {
    read(bytes, from: builder.add(address, offset(of: field, for: filter)))
  }

  private func read(_ bytes: Int, from address: IRValue) -> IRValue {
    let slot = memory(for: .field, bytes: 8)
    builder.zero(slot, bytes: 8)
    builder.perform(.probeRead(.kernel, to: slot, size: .word(bytes), from: address))
    return builder.resize(
      builder.load(.integer(bytes: bytes), from: slot), to: .i64, signed: false)
  }

  private func rejectIf(_ condition: IRValue) { builder.if(condition, "other") { reject() } }

  private func rejectUnless(_ value: IRValue, equals filter: TaskFilter) {
    rejectIf(builder.compare(.notEqual, value, constant(.operand(of: filter))))
  }

  /// Rejects the task unless the filter's map has the key: `i64`.
  private func rejectUnless(isKey value: IRValue, of filter: TaskFilter) {
    let key = memory(for: .key, bytes: 8)
    builder.store(value, to: key)
    let found = builder.emit(.mapLookup(map: code.map(of: filter), key: key))
    rejectIf(builder.compare(.equal, found, .null))
  }

  /// How many generations of processes there may be between the command and what it started, and
  /// cgroups above each other.
  private static let mostSteps: Int64 = 64

  /// Goes from an address to the next, as often as that may be, and rejects the task if none is the one
  /// that is looked for.
  ///
  /// - Parameter step: Is given where the address is (`i64`), replaces it by the next, and returns
  ///   whether it has come to the right one.
  private func search(
    from start: IRValue, _ label: String, _ step: (_ place: IRValue) -> IRValue
  ) {
    let place = memory(for: .place, bytes: 8)
    // Memory of its own: as long as nothing else is kept there, the verifier can follow the number.
    let counter = memory.slots[.count] ?? builder.newSlot("\(label).count", size: 8)
    memory.slots[.count] = counter
    let count = builder.address(of: counter)
    builder.store(start, to: place)
    builder.store(.word(0), to: count)
    let next = builder.newBlock(label)
    let look = builder.newBlock("\(label).read")
    let other = builder.newBlock("other")
    let found = builder.newBlock("\(label).found")
    builder.branch(to: next)
    builder.position(at: next)
    let number = builder.load(.i64, from: count)
    builder.branch(
      if: builder.compare(.lessSigned, number, .word(Self.mostSteps)), then: look, else: other)
    builder.position(at: look)
    builder.store(builder.add(number, .word(1)), to: count)
    builder.branch(if: step(place), then: found, else: next)
    builder.position(at: other)
    reject()
    builder.position(at: found)
  }
}
