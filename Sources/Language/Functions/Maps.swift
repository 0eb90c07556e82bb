import TraceIR
import TraceModel

extension Function {
  private static let family = "Maps"

  static let maps: [Function] = [
    delete, hasKey, find, length,
    wholeMap(
      "clear", summary: "Removes all elements of a map.",
      example: CatalogExample(
        #"begin { @m["a"] = 1; print(@m); clear(@m); }"#, prints: "@m[a]: 1")
    ) { .clearMap(map: $0) },
    wholeMap(
      "zero", summary: "Sets all values of a map to zero.",
      example: CatalogExample(#"begin { @m["a"] = 7; zero(@m); }"#, prints: "@m[a]: 0")
    ) { .zeroMap(map: $0) },
  ]

  private static func wholeMap(
    _ name: String, summary: String, example: CatalogExample,
    _ kind: @escaping @Sendable (Int) -> EventKind
  ) -> Function {
    Function(
      name: name, family: family, signature: Signature([Parameter("map", .map)]), summary: summary,
      examples: [example], invocation: .asynchronous,
      check: { call in
        if let map = call.map(0), map.value == nil {
          call.error("undefined-map", "Undefined map: \(map.name)", argument: 0)
        }
        return .none
      },
      lower: { call in
        if let map = call.map(0) { call.emit(kind(map.index), fields: []) }
        return .none
      })
  }

  static let delete = Function(
    name: "delete", family: family,
    signature: Signature([Parameter("map", .map), Parameter("key", .any, optional: true)]),
    summary: "Removes an element of a map; tells whether there was one.",
    details: "`delete(@scalar)` empties a map without a key.",
    examples: [
      CatalogExample(
        """
        begin { @m["a"] = 1; print(delete(@m, "a")); print(delete(@m, "a")); }
        """,
        prints: """
          true
          false
          """)
    ],
    returnsInPassing: true,
    check: { call in
      if call.argumentCount == 2 {
        call.noteKey(1, ofMap: 0)
      } else if call.map(0)?.isScalar == false {
        call.error(
          "delete-key", "call to delete() expects a map without explicit keys (scalar map)",
          argument: 0)
      }
      if let map = call.map(0), map.value == nil {
        call.error("undefined-map", "Undefined map: \(map.name)", argument: 0)
      }
      if !call.isDiscarded { call.looks(intoMap: 0) }
      return .boolean
    },
    lower: { call in
      guard let map = call.map(0) else { return .none }
      let result = call.remove(1, from: map.index)
      // Who looks at the result knows without being told.
      if call.isDiscarded {
        call.check(result, helper: .mapDelete, isReportedByDefault: false)
      }
      return .scalar(
        call.builder.resize(
          call.builder.compare(.equal, result, .word(0)), to: .i8, signed: false))
    })

  static let hasKey = Function(
    name: "has_key", family: family,
    signature: Signature([Parameter("map", .map), Parameter("key", .any)]),
    summary: "Whether a map has an element.",
    examples: [
      CatalogExample(
        """
        begin {
          @m["a"] = 1;
          print(has_key(@m, "a"));
          print(has_key(@m, "b"));
          clear(@m);
        }
        """,
        prints: """
          true
          false
          """)
    ],
    check: { call in
      if call.map(0)?.isScalar == true {
        call.error(
          "scalar-map",
          "call to has_key() expects a map with explicit keys (non-scalar map)", argument: 0)
        return .poison
      }
      call.noteKey(1, ofMap: 0)
      call.looks(intoMap: 0)
      return .boolean
    },
    lower: { call in
      guard let map = call.map(0) else { return .none }
      let isThere = call.builder.emit(
        .contains(map: map.index, key: call.key(1, for: map.index)))
      return .scalar(call.builder.resize(isThere, to: .i8, signed: false))
    })

  static let find = Function(
    name: "find", family: family,
    signature: Signature([
      Parameter("map", .map), Parameter("key", .any), Parameter("variable", .variable),
    ]),
    summary: "Whether a map has an element; if so, a variable becomes its value.",
    details: "The map is searched once.",
    examples: [
      CatalogExample(
        """
        begin {
          @size["a"] = 7;
          if (find(@size, "a", $n)) { print($n); }
          print(find(@size, "b", $n));
          clear(@size);
        }
        """,
        prints: """
          7
          false
          """)
    ],
    returnsInPassing: true,
    check: { call in
      if call.map(0)?.isScalar == true {
        call.error(
          "scalar-map", "call to find() expects a map with explicit keys (non-scalar map)",
          argument: 0)
        return .poison
      }
      call.noteKey(1, ofMap: 0)
      call.looks(intoMap: 0)
      call.assign(valuesOfMap: 0, to: 2)
      return .boolean
    },
    lower: { call in
      guard let map = call.map(0) else { return .none }
      let isThere = call.assign(
        elementOfMap: map.index, key: call.key(1, for: map.index), to: 2)
      return .scalar(call.builder.resize(isThere, to: .i8, signed: false))
    })

  static let length = Function(
    name: "len", family: family, signature: Signature([Parameter("map", .anyOrMap)]),
    summary: "The number of elements of a map, or of frames of a stack.",
    examples: [
      CatalogExample(
        """
        begin { @m["a"] = 1; @m["b"] = 2; print(len(@m)); clear(@m); }
        """,
        prints: "2")
    ],
    check: { call in
      if let map = call.map(0) {
        if map.isScalar == true {
          call.error(
            "scalar-map", "call to len() expects a map with explicit keys (non-scalar map)",
            argument: 0)
          return .poison
        }
        call.looks(intoMap: 0)
        return .int64
      }
      switch call.type(0) {
      case .presented(.kernelStack), .presented(.userStack): return .int64
      default:
        call.error(
          "argument-kind",
          "len() expects a map or stack to be provided, found \(call.type(0).kindText)",
          argument: 0)
        return .poison
      }
    },
    lower: { call in
      let builder = call.builder
      guard let map = call.map(0) else {
        return .scalar(builder.load(.i64, from: call.memory(0)))
      }
      call.require(.forEachMapElement)
      return .scalar(builder.emit(.length(map: map.index)))
    })
}
