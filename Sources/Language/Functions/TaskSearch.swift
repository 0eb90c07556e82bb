import TraceIR
import TraceModel

/// Code that finds a task by its number, as the kernel itself does: in the tree of the pid namespace. It
/// works in programs of every type and on every kernel, which the kernel's own function does not.
struct TaskSearch {
  private let call: any CallLowering
  private let builder: IRBuilder
  /// Where every word that is read goes.
  private let slot: IRValue

  init(_ call: any CallLowering) {
    self.call = call
    builder = call.builder
    slot = call.temporary("task", bytes: 8)
  }

  /// The address of the task of that number (`i64`) in the initial namespace, or zero: `i64`.
  func task(_ number: IRValue) -> IRValue {
    let current = builder.emit(.helper(.getCurrentTask, []))
    let own = pointer(at: builder.field(current, "task_struct", "thread_pid", .pointer))
    // Every task has a number in the initial namespace, which stands first.
    let numbers = builder.field(
      own, "pid", "numbers", .array(element: .structure(name: "upid"), count: 1))
    let namespace = pointer(at: builder.field(numbers, "upid", "ns", .pointer))
    let entry = call.temporary("entry", bytes: 8)
    let tree = [
      FieldPath.Step.member("idr", .structure(name: "idr")),
      .member("idr_rt", .structure(name: "xarray")), .member("xa_head", .pointer),
    ]
    let head = FieldPath(root: "pid_namespace", steps: tree)
    builder.store(
      pointer(at: builder.emit(.fieldAddress(namespace, head))), to: entry)
    for level in 0..<Self.greatestDepth { descend(entry, number, isFirst: level == 0) }
    let found = builder.load(.i64, from: entry)
    let task = call.temporary("found", bytes: 8)
    builder.store(.word(0), to: task)
    builder.if(builder.isNonzero(found), "pid") {
      // The first list is that of the tasks that have the number themselves.
      let lists = builder.field(
        found, "pid", "tasks", .array(element: .structure(name: "hlist_head"), count: 4))
      let link = pointer(at: lists)
      builder.if(builder.isNonzero(link), "link") {
        let links = FieldPath(
          root: "task_struct",
          steps: [
            .member("pid_links", .array(element: .structure(name: "hlist_node"), count: 4))
          ])
        builder.store(
          builder.binary(.sub, link, builder.emit(.fieldInfo(.offset, links))), to: task)
      }
    }
    return builder.load(.i64, from: task)
  }

  /// Levels of a tree with 64 branches at each node that has all numbers of processes: 22 bits.
  private static let greatestDepth = 4
  private static let branchBits = 6

  /// Goes from a node of the tree to the one below it that has the number; from anything else nowhere.
  private func descend(_ entry: IRValue, _ number: IRValue, isFirst: Bool) {
    let node = builder.load(.i64, from: entry)
    let mark = builder.binary(.and, node, .word(3))
    builder.if(builder.compare(.equal, mark, .word(Self.nodeMark)), "node") {
      let address = builder.binary(.sub, node, .word(Self.nodeMark))
      builder.store(.word(0), to: slot)
      read(builder.field(address, "xa_node", "shift", .integer(bytes: 1, signed: false)), bytes: 1)
      let shift = builder.binary(.and, builder.load(.i64, from: slot), .word(63))
      let rest = builder.binary(.shiftRight, number, shift)
      let branch = builder.binary(.and, rest, .word((1 << Self.branchBits) - 1))
      let slots = builder.field(address, "xa_node", "slots", .array(element: .pointer, count: 64))
      let next = pointer(
        at: builder.add(slots, builder.binary(.shiftLeft, branch, .word(3))))
      // The topmost node may be too small for the number.
      let isCovered = isFirst ? builder.compare(.equal, rest, branch) : .true
      builder.store(builder.select(isCovered, next, .word(0)), to: entry)
    }
  }

  /// What the lowest two bits of an entry are if it is the address of a node.
  private static let nodeMark = 2

  /// The pointer at an address; zero if it cannot be read.
  private func pointer(at address: IRValue) -> IRValue {
    builder.store(.word(0), to: slot)
    read(address, bytes: 8)
    return builder.load(.i64, from: slot)
  }

  private func read(_ address: IRValue, bytes: Int) {
    builder.perform(.probeRead(.kernel, to: slot, size: .word(bytes), from: address))
  }
}
