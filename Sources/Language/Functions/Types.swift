import TraceIR
import TraceModel

extension Function {
  private static let family = "Types"

  static let types: [Function] = [
    question(
      "is_array", "Whether a value is an array.",
      example: #"begin { print((is_array(pton("1.2.3.4")), is_array(1))); }"#
    ) { type, _ in
      if case .array = type { true } else { false }
    },
    question(
      "is_integer", "Whether a value is an integer.",
      example: #"begin { print((is_integer(1), is_integer("1"))); }"#
    ) { type, _ in type.isInteger },
    question(
      "is_unsigned_integer", "Whether a value is an integer without a sign.",
      example: #"begin { print((is_unsigned_integer((uint8)1), is_unsigned_integer(1))); }"#
    ) { type, _ in
      type.isInteger && !type.isSigned
    },
    question(
      "is_ptr", "Whether a value is a pointer.",
      example: #"begin { print((is_ptr(curtask), is_ptr(1))); }"#
    ) { type, _ in type.isPointer },
    question(
      "is_str", "Whether a value is text.",
      example: #"begin { print((is_str("text"), is_str(1))); }"#
    ) { type, _ in type.isString },
    question(
      "is_literal", "Whether a value is known when the script is compiled.",
      example: #"begin { print((is_literal(1), is_literal(pid))); }"#
    ) { _, constant in
      constant != nil
    },
    isScalar, defaultStringLength, byteSwap,
  ]

  /// A question about the type of a value, answered while the script is compiled.
  private static func question(
    _ name: String, _ summary: String, example: String,
    _ answer: @escaping @Sendable (ScriptType, Constant?) -> Bool
  ) -> Function {
    Function(
      name: name, family: family, signature: Signature([Parameter("value", .any)]),
      summary: summary, examples: [CatalogExample(example, prints: "(true, false)")],
      invocation: .compileTime,
      check: { call in
        call.fold(to: .boolean(answer(call.type(0).readable, call.constant(0))))
        return .boolean
      }, lower: { _ in .none })
  }

  static let isScalar = Function(
    name: "is_scalar", family: family, signature: Signature([Parameter("map", .map)]),
    summary: "Whether a map has no keys.",
    examples: [
      CatalogExample(
        """
        begin {
          @a = 1;
          @b[1] = 1;
          print(is_scalar(@a));
          print(is_scalar(@b));
          clear(@a);
          clear(@b);
        }
        """,
        prints: """
          true
          false
          """)
    ],
    invocation: .compileTime,
    check: { call in
      if let isScalar = call.map(0)?.isScalar { call.fold(to: .boolean(isScalar)) }
      return .boolean
    },
    lower: { call in
      .scalar(.integer(call.map(0)?.spec.key == ValueLayout.none ? 1 : 0, .i8))
    })

  static let defaultStringLength = Function(
    name: "default_str_length", family: family,
    summary: "The most bytes of text that `str` reads, its NUL included: `max_strlen`.",
    examples: [
      CatalogExample(
        """
        config = { max_strlen = 100 } begin { print(default_str_length()); }
        """,
        prints: "100")
    ],
    invocation: .compileTime,
    check: { call in
      call.fold(
        to: .unsigned(UInt64(call.configuration.maxStringLength), isFlexible: true))
      return .literal(UInt64(call.configuration.maxStringLength))
    }, lower: { _ in .none })

  static let byteSwap = Function(
    name: "bswap", family: family, signature: Signature([Parameter("number", .any)]),
    summary: "An integer with its bytes in the opposite order.",
    details: "As in `bswap(args.dport)`; the result is unsigned and as wide as the number.",
    examples: [
      CatalogExample(
        #"""
        begin {
          printf("%x %x\n", bswap((uint16)0x1234), bswap((uint32)0x12345678));
        }
        """#,
        prints: "3412 78563412")
    ],
    check: { call in
      guard case .integer(let bytes, _) = call.type(0).readable else {
        call.error(
          "argument-kind",
          "bswap() only supports integer arguments (\(call.type(0).readable.kindText) provided)")
        return .poison
      }
      return .integer(bytes: bytes, signed: false)
    },
    lower: { call in
      let builder = call.builder
      let bytes = call.resultType.scalarBytes
      let number = call.integer(0)
      var result = IRValue.word(0)
      for index in 0..<bytes {
        let byte = builder.binary(
          .and, builder.binary(.shiftRight, number, .word(8 * index)), .word(0xff))
        result = builder.binary(
          .or, result, builder.binary(.shiftLeft, byte, .word(8 * (bytes - 1 - index))))
      }
      return .scalar(builder.resize(result, to: .integer(bytes: bytes), signed: false))
    })
}
