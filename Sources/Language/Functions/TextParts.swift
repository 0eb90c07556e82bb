import TraceIR
import TraceModel

extension Function {
  private static let family = "Strings and memory"

  static let textParts: [Function] = [capacity, concatenation, memoryComparison]

  static let capacity = Function(
    name: "strcap", family: family, signature: Signature([Parameter("text", .any)]),
    summary: "The bytes that there are for a text, its NUL included.",
    examples: [
      CatalogExample(
        """
        begin { print(strcap("four")); print(strcap(comm)); }
        """,
        prints: """
          5
          16
          """)
    ],
    invocation: .compileTime,
    check: { call in
      let bytes: Int
      switch call.type(0).readable {
      case .string(let capacity): bytes = capacity
      case .array(.integer(1, _), let count): bytes = count
      case .pointer: bytes = call.configuration.maxStringLength
      default:
        call.error(
          "argument-kind", "string-like values must be either strings, arrays or pointers",
          argument: 0)
        return .poison
      }
      call.fold(to: .unsigned(UInt64(bytes), isFlexible: true))
      return .literal(UInt64(bytes))
    }, lower: { _ in .none })

  static let concatenation = Function(
    name: "str_concat", family: family,
    signature: Signature([Parameter("first", .string), Parameter("second", .string)]),
    summary: "Two texts, one behind the other.",
    details: "What is beyond `max_strlen` is cut off.",
    examples: [
      CatalogExample(
        """
        begin { print(str_concat("/proc/", "self")); }
        """,
        prints: "/proc/self")
    ],
    check: { call in
      if case .string(let first)? = call.constant(0), case .string(let second)? = call.constant(1) {
        call.fold(to: .string(first + second))
      }
      guard case .string(let a) = call.type(0).readable, case .string(let b) = call.type(1).readable
      else { return .poison }
      return .string(capacity: min(a + b - 1, call.configuration.maxStringLength))
    },
    lower: { call in
      guard case .string(let a) = call.type(0).readable,
        case .string(let b) = call.type(1).readable,
        case .string(let capacity) = call.resultType
      else { return .none }
      let builder = call.builder
      // Room for the copy of the second behind all that the first can be, so that the verifier sees it fit.
      let bytes = min(a, capacity) + b
      let target = call.temporary("str_concat", bytes: bytes)
      builder.zero(target, bytes: bytes)
      let copied = builder.emit(
        .probeReadString(
          .kernel, to: target, size: .word(min(a, capacity)),
          from: builder.address(of: call.memory(0))))
      let end = builder.bounded(
        builder.binary(.sub, copied, .word(1)), to: min(a, capacity) - 1)
      builder.perform(
        .probeReadString(
          .kernel, to: builder.emit(.offset(target, by: end)), size: .word(b),
          from: builder.address(of: call.memory(1))))
      return .memory(target)
    })

  static let memoryComparison = Function(
    name: "memcmp", family: family,
    signature: Signature([
      Parameter("a", .any), Parameter("b", .any), Parameter("length", .integerLiteral),
    ]),
    summary: "Compares bytes: zero if they are the same, else the sign of the first difference.",
    details: "Of texts, arrays, or what pointers point to; bytes count as unsigned.",
    examples: [
      CatalogExample(
        """
        begin {
          print(memcmp("abc", "abd", 2));
          print(memcmp("abc", "abd", 3));
        }
        """,
        prints: """
          0
          -1
          """)
    ],
    check: { call in
      let length = call.constant(2)?.integer ?? 0
      if length < 0 || length > Int64(call.configuration.maxStringLength) {
        call.error(
          "memcmp-length",
          "memcmp() compares at most \(call.configuration.maxStringLength) bytes (\(length) given)",
          argument: 2)
      }
      for index in 0..<2 {
        switch call.type(index).readable {
        case .string, .array:
          let size = call.size(of: call.type(index).readable)
          if length > Int64(size) {
            call.error(
              "memcmp-length", "memcmp() cannot compare \(length) bytes: there are \(size)",
              argument: index)
          }
        case .pointer: break
        default:
          call.error(
            "argument-kind", "string-like values must be either strings, arrays or pointers",
            argument: index)
        }
      }
      return .int32
    },
    lower: { call in
      let builder = call.builder
      let length = Int(clamping: call.constant(2)?.integer ?? 0)
      let (left, right) = (bytes(of: 0, length, call), bytes(of: 1, length, call))
      let result = call.temporary("memcmp", bytes: 8)
      let index = builder.address(of: builder.newSlot("memcmp.index", size: 8))
      builder.store(.word(0), to: result)
      builder.store(.word(0), to: index)
      let next = builder.newBlock("memcmp.next")
      let look = builder.newBlock("memcmp.look")
      let differs = builder.newBlock("memcmp.differs")
      let same = builder.newBlock("memcmp.same")
      let end = builder.newBlock("memcmp.end")
      builder.branch(to: next)
      builder.position(at: next)
      builder.branch(
        if: builder.compare(.less, builder.load(.i64, from: index), .word(length)), then: look,
        else: end)
      builder.position(at: look)
      let here = builder.load(.i64, from: index)
      let a = builder.load(.i8, from: builder.emit(.offset(left, by: here)))
      let b = builder.load(.i8, from: builder.emit(.offset(right, by: here)))
      builder.branch(if: builder.compare(.equal, a, b), then: same, else: differs)
      builder.position(at: same)
      builder.store(builder.add(here, .word(1)), to: index)
      builder.branch(to: next)
      builder.position(at: differs)
      builder.store(
        builder.select(builder.compare(.less, a, b), .word(-1), .word(1)), to: result)
      builder.branch(to: end)
      builder.position(at: end)
      return .scalar(builder.resize(builder.load(.i64, from: result), to: .i32, signed: true))
    })

  /// A pointer to the bytes of an argument, read if they are elsewhere.
  private static func bytes(
    of argument: Int, _ length: Int, _ call: any CallLowering
  ) -> IRValue {
    guard case .pointer = call.type(argument).readable else { return call.memory(argument) }
    let copy = call.temporary("memcmp.bytes", bytes: max(length, 1))
    call.builder.zero(copy, bytes: max(length, 1))
    call.read(.word(length), from: argument, to: copy)
    return copy
  }
}
