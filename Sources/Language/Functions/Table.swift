import TraceIR
import TraceModel

extension Function {
  static let tables: [Function] = [table]

  static let table = Function(
    name: "table", family: "Output",
    signature: Signature([
      Parameter("map", .map), Parameter("format", .stringLiteral),
      Parameter("lines", .integer, optional: true), Parameter("div", .integer, optional: true),
    ]),
    summary: "Prints the elements of a map as lines of a format, the largest first.",
    details:
      "As in `table(@count, \"%-16s %8d\\n\", 10)`. The format is given the parts of the key and then the "
      + "value; of `stats()` count, total and average, in the order of the totals. All elements are shown if `lines` is 0; "
      + "numbers, counts excepted, are divided by `div`.",
    examples: [
      CatalogExample(
        #"""
        begin {
          @bytes["cat"] = sum(300);
          @bytes["sh"] = sum(70);
          table(@bytes, "%-4s %4d\n");
          clear(@bytes);
        }
        """#,
        prints: """
          cat   300
          sh     70
          """)
    ],
    invocation: .asynchronous,
    check: { call in
      if let map = call.map(0) {
        if map.value == nil {
          call.error("undefined-map", "Undefined map: \(map.name)", argument: 0)
        } else if map.isScalar == true {
          call.error(
            "scalar-map", "call to table() expects a map with explicit keys (non-scalar map)",
            argument: 0)
        }
      }
      return .none
    },
    lower: { call in
      guard let map = call.map(0) else { return .none }
      let lines = call.argumentCount > 2 ? call.integer(2) : .word(0)
      let divisor = call.argumentCount > 3 ? call.integer(3) : .word(1)
      call.emit(
        .printTable(map: map.index, format: call.constant(1)?.text ?? ""),
        fields: [(.scalar(lines), .uint64), (.scalar(divisor), .uint64)])
      return .none
    })
}
