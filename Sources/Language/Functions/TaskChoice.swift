import TraceIR
import TraceModel

extension Function {
  /// What a script asks that chooses by itself which processes it is about.
  static let taskChoice: [Function] = [wanted]

  static let wanted: Function = {
    var function = Function(
      name: "wanted", family: "The process",
      signature: Signature([Parameter("task", .any, optional: true)]),
      summary:
        "Whether the run is about a thread: the running one, or that of a `struct task_struct`.",
      details:
        "That is so unless options say otherwise: `-p` and `-c`, and in tools all that `bt-tool` has "
        + "to restrict them. As in `rawtracepoint:sched_wakeup /wanted(args.p)/ { ... }`. Programs of a "
        + "script without it that fire in a process begin with the same question about the running "
        + "thread; in a script that asks itself, none does.",
      examples: [CatalogExample("begin { print(wanted()); }", prints: "true")],
      check: { call in
        guard call.argumentCount > 0 else { return .boolean }
        guard case .pointer(.structure(let structure), _) = call.type(0).readable,
          structure.name == "task_struct"
        else {
          call.error(
            "argument-kind",
            "wanted() only supports pointers to struct task_struct "
              + "(\(call.type(0).readable.text) provided)", argument: 0)
          return .poison
        }
        return .boolean
      },
      lower: { call in
        let builder = call.builder
        let subject: TaskSelection.Subject =
          call.argumentCount > 0 ? .task(call.integer(0)) : .running
        let answer = call.temporary("wanted", bytes: 8)
        builder.store(.word(0), to: answer)
        let end = builder.newBlock("wanted.end")
        TaskSelection(call, subject) { builder.branch(to: end) }.lowerAll()
        builder.store(.word(1), to: answer)
        builder.branch(to: end)
        builder.position(at: end)
        return .scalar(
          builder.resize(builder.load(.i64, from: answer), to: .i8, signed: false))
      })
    function.choosesTasks = true
    return function
  }()
}
