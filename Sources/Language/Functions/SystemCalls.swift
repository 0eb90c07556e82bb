import TraceIR
import TraceModel

extension Function {
  static let systemCalls: [Function] = [systemCallName]

  static let systemCallName = Function(
    name: "syscall_name", family: "Strings and memory",
    signature: Signature([Parameter("number", .integer)]),
    summary: "The name of a system call.",
    details: "As in `syscall_name(args.id)`. Looked up when it is printed.",
    check: { _ in .presented(.systemCallName) },
    lower: { call in
      let target = call.temporary("syscall_name", bytes: 8)
      call.builder.store(call.integer(0), to: target)
      return .memory(target)
    })
}
