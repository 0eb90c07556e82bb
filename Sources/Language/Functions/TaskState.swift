import TraceIR
import TraceModel

extension Function {
  static let taskState = Function(
    name: "task_state", family: "The process", signature: Signature([Parameter("task", .any)]),
    summary:
      "The state of a thread: 0 while it runs or could run, else bits that say what it waits for.",
    details:
      "As in `task_state(args.prev)` at `rawtracepoint:sched_switch`. 1 is a sleep that signals end, 2 one "
      + "that they do not (`D` of ps), 4 and 8 are stopped threads; more are `TASK_` in the kernel's "
      + "`sched.h`. Kernels name the field differently; this finds it.",
    examples: [CatalogExample("begin { print(task_state(curtask)); }", prints: "0")],
    check: { call in
      guard case .pointer(.structure(let structure), _) = call.type(0).readable,
        structure.name == "task_struct"
      else {
        call.error(
          "argument-kind",
          "task_state() only supports pointers to struct task_struct "
            + "(\(call.type(0).readable.text) provided)", argument: 0)
        return .poison
      }
      return .uint32
    },
    lower: { call in
      let builder = call.builder
      let state = call.temporary("task.state", bytes: 4)
      builder.store(builder.resize(.word(0), to: .i32, signed: false), to: state)
      let isKnown = call.withKnownObject(0) { task in
        readState(of: task, builder) { place in
          builder.store(builder.emit(.typedLoad(.i32, from: place)), to: state)
        }
      }
      if !isKnown {
        readState(of: call.integer(0), builder) { place in
          builder.perform(.probeRead(.kernel, to: state, size: .word(4), from: place))
        }
      }
      return .scalar(builder.load(.i32, from: state))
    })

  /// Writes what reads the state, for the name and width that it has since Linux 5.14, and those before.
  private static func readState(
    of task: IRValue, _ builder: IRBuilder, read: (IRValue) -> Void
  ) {
    func path(_ name: String, bytes: Int, signed: Bool) -> FieldPath {
      FieldPath(
        root: "task_struct",
        steps: [.member(name, .integer(bytes: bytes, signed: signed))])
    }
    let new = path("__state", bytes: 4, signed: false)
    builder.if(
      builder.isNonzero(builder.emit(.fieldInfo(.exists, new))),
      then: { read(builder.emit(.fieldAddress(task, new))) },
      else: {
        read(builder.emit(.fieldAddress(task, path("state", bytes: 8, signed: true))))
      })
  }
}
