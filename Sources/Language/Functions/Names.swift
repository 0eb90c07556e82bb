import TraceIR
import TraceModel

extension Function {
  static let names: [Function] = [
    name(
      "strerror", of: .errorText, summary: "The text for an error number.",
      details: "As in `strerror(args.ret)`; the sign does not matter.",
      example: CatalogExample(
        "begin { print(strerror(2)); }", prints: "No such file or directory")),
    name(
      "signal_name", of: .signalText, summary: "The text for a signal: `Killed` for 9.",
      details: "As in `signal_name(args.sig)`.",
      example: CatalogExample(
        "begin { print(signal_name(11)); }", prints: "Segmentation fault")),
    name(
      "syscall_name", of: .systemCallName, summary: "The name of a system call.",
      details: "As in `syscall_name(args.id)`.",
      example: nil),
  ]

  /// What a number stands for, looked up when it is printed.
  private static func name(
    _ name: String, of presentation: Presentation, summary: String, details: String,
    example: CatalogExample?
  ) -> Function {
    Function(
      name: name, family: "Strings and memory",
      signature: Signature([Parameter("number", .integer)]), summary: summary,
      details: details + " Looked up when it is printed.",
      examples: example.map { [$0] } ?? [],
      check: { _ in .presented(presentation) },
      lower: { call in
        let target = call.temporary(name, bytes: presentation.size)
        call.builder.store(call.integer(0), to: target)
        return .memory(target)
      })
  }
}
