import TraceIR
import TraceModel

extension Function {
  static let tasks: [Function] = [
    number(
      "ppid", of: "real_parent", "tgid", summary: "The process id of the parent."),
    name("pcomm", of: "real_parent", summary: "The name of the parent."),
    number(
      "leader_tid", of: "group_leader", "pid",
      summary: "The thread id of the first thread of the process."),
    name(
      "leader_comm", of: "group_leader", summary: "The name of the first thread of the process."),
  ]

  /// A number of a task that a task points to.
  private static func number(
    _ name: String, of relative: String, _ member: String, summary: String
  ) -> Function {
    function(name, summary: summary, type: .int32) { call in
      let slot = call.temporary(name, bytes: 8)
      call.builder.zero(slot, bytes: 8)
      let path = FieldPath(
        root: "task_struct", steps: [.member(member, .integer(bytes: 4, signed: true))])
      call.builder.perform(
        .probeRead(
          .kernel, to: slot, size: .word(4),
          from: call.builder.emit(.fieldAddress(task(relative, call), path))))
      return .scalar(call.builder.load(.i32, from: slot))
    }
  }

  /// The name of a task that a task points to.
  private static func name(_ name: String, of relative: String, summary: String) -> Function {
    function(name, summary: summary, type: .string(capacity: 16)) { call in
      let text = call.temporary(name, bytes: 16)
      call.builder.zero(text, bytes: 16)
      let path = FieldPath(
        root: "task_struct",
        steps: [.member("comm", .array(element: .integer(bytes: 1, signed: true), count: 16))])
      call.builder.perform(
        .probeReadString(
          .kernel, to: text, size: .word(16),
          from: call.builder.emit(.fieldAddress(task(relative, call), path))))
      return .memory(text)
    }
  }

  private static func function(
    _ name: String, summary: String, type: ScriptType, lower: @escaping Lower
  ) -> Function {
    Function(
      name: name, family: "The process",
      signature: Signature([Parameter("task", .address, optional: true)]), isBuiltin: true,
      summary: summary,
      details: "Of the current task, or of that which a pointer to `struct task_struct` points to: "
        + "`\(name)(args.task)`. Numbers are those of the initial pid namespace.",
      check: { _ in type }, lower: lower)
  }

  /// The task that the current one, or the argument, points to by a member: `i64`.
  private static func task(_ relative: String, _ call: any CallLowering) -> IRValue {
    let builder = call.builder
    let task =
      call.argumentCount > 0 ? call.integer(0) : builder.emit(.helper(.getCurrentTask, []))
    let slot = call.temporary("task", bytes: 8)
    builder.zero(slot, bytes: 8)
    let path = FieldPath(root: "task_struct", steps: [.member(relative, .pointer)])
    builder.perform(
      .probeRead(
        .kernel, to: slot, size: .word(8), from: builder.emit(.fieldAddress(task, path))))
    return builder.load(.i64, from: slot)
  }
}
