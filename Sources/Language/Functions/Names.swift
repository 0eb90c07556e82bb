import TraceIR
import TraceModel

extension Function {
  static let names: [Function] = [
    name(
      "strerror", of: .errorText, summary: "The text for an error number.",
      details: "As in `strerror(args.ret)`; the sign does not matter."),
    name(
      "signal_name", of: .signalText, summary: "The text for a signal: `Killed` for 9.",
      details: "As in `signal_name(args.sig)`."),
    name(
      "syscall_name", of: .systemCallName, summary: "The name of a system call.",
      details: "As in `syscall_name(args.id)`."),
  ]

  /// What a number stands for, looked up when it is printed.
  private static func name(
    _ name: String, of presentation: Presentation, summary: String, details: String
  ) -> Function {
    Function(
      name: name, family: "Strings and memory",
      signature: Signature([Parameter("number", .integer)]), summary: summary,
      details: details + " Looked up when it is printed.",
      check: { _ in .presented(presentation) },
      lower: { call in
        let target = call.temporary(name, bytes: presentation.size)
        call.builder.store(call.integer(0), to: target)
        return .memory(target)
      })
  }
}
