import TraceIR
import TraceModel

extension Function {
  private static let family = "The machine"

  /// What the machine as a whole is like.
  static let machine: [Function] = [memoryInformation, loadAverage]

  static let memoryInformation = Function(
    name: "meminfo", family: family,
    signature: Signature([
      Parameter("field", .stringLiteral), Parameter("div", .integer, optional: true),
    ]),
    summary: "A line of /proc/meminfo, in bytes.",
    details:
      "As in `meminfo(\"Cached\", 1024)`, in kilobytes; zero if there is no such line. Read when it is "
      + "printed.",
    examples: [
      CatalogExample("begin { printf(\"%s\\n\", meminfo(\"NoSuchLine\")); }", prints: "0")
    ],
    check: { _ in .presented(.memoryInformation) },
    lower: { call in
      let target = call.temporary("meminfo", bytes: Presentation.memoryInformation.size)
      call.builder.store(.word(call.string(call.constant(0)?.text ?? "")), to: target)
      call.builder.store(call.argumentCount > 1 ? call.integer(1) : .word(1), to: target, at: 8)
      return .memory(target)
    })

  static let loadAverage = Function(
    name: "load_average", family: family, signature: Signature([Parameter("minutes", .integer)]),
    summary: "How many threads could run, on average over 1, 5 or 15 minutes.",
    details: "As in `load_average(1)`, the first number of /proc/loadavg. Read when it is printed.",
    check: { _ in .presented(.loadAverage) },
    lower: { call in
      let target = call.temporary("load_average", bytes: Presentation.loadAverage.size)
      call.builder.store(call.integer(0), to: target)
      return .memory(target)
    })
}
