import SystemText
import TraceIR
import TraceModel

extension Function {
  static let text: [Function] = [str, buf, strlen, strncmp]

  /// The most bytes of a parameter's text, its NUL included, when it is not known beforehand.
  static let parameterCapacity = 256

  static let str = Function(
    name: "str", family: "Strings and memory",
    signature: Signature([
      Parameter("pointer", .any, takesMissingWord: true),
      Parameter("length", .integer, optional: true),
    ]),
    summary: "The text at an address.",
    details:
      "Reads up to the first NUL, at most `length` bytes with it; `max_strlen` by default. A "
      + "positional parameter is taken as text: `str($1)`. Memory that the process has not used yet, as a name in a program that was "
      + "just started, or that is swapped out, cannot be read in most probes, and the text is empty; uprobe, "
      + "uretprobe and usdt wait for it (Linux 6.0 or newer).",
    examples: [
      CatalogExample(
        """
        begin { print(str("a text")); print(str(5)); print(str("a text", 3)); }
        """,
        prints: """
          a text
          5
          a t
          """)
    ],
    check: { call in
      let ceiling = call.configuration.maxStringLength
      var capacity = ceiling
      if call.argumentCount == 2 {
        if let length = call.constant(1)?.integer {
          if length < 0 {
            call.error("str-length", "str() cannot use negative length (\(length))", argument: 1)
          } else if length + 1 > ceiling {
            if length > ceiling {
              call.warning(
                "str-length",
                "length param (\(length)) is too long and will be shortened to \(ceiling) bytes "
                  + "(see BPFTRACE_MAX_STRLEN)", argument: 1, hints: [])
            }
          } else {
            capacity = Int(length) + 1
          }
        }
      }
      if let parameter = call.parameter(0) {
        guard parameter.isFinal else { return .string(capacity: parameterCapacity) }
        let text = parameter.text.systemBytes
        let limit = call.argumentCount == 2 ? call.constant(1)?.integer : nil
        let kept = limit.map { Array(text.prefix(max(0, Int(clamping: $0)))) } ?? text
        call.fold(to: .string(kept))
        return .string(capacity: kept.count + 1)
      }
      if case .string(let bytes)? = call.constant(0) {
        let limit =
          call.argumentCount == 2
          ? call.constant(1)?.integer.map { max(0, Int(clamping: $0)) } : nil
        call.fold(to: .string(limit.map { Array(bytes.prefix($0)) } ?? bytes))
        return .string(capacity: min(bytes.count, limit ?? .max) + 1)
      }
      if case .unsigned(let value, true)? = call.constant(0) {
        let bytes = Array(String(value).utf8)
        call.fold(to: .string(bytes))
        return .string(capacity: bytes.count + 1)
      }
      let type = call.type(0).readable
      switch type {
      case .string(let own): return .string(capacity: min(own, capacity))
      case .array(.integer(1, _), let count):
        return .string(capacity: min(capacity, max(count, 1) + 1))
      case _ where type.isInteger || type.isPointer: return .string(capacity: capacity)
      default:
        call.error(
          "argument-kind",
          "str() expects an integer or a pointer type as first argument (\(type.kindText) provided)",
          argument: 0)
        return .poison
      }
    },
    lower: { call in
      guard case .string(let capacity) = call.resultType else { return .none }
      let builder = call.builder
      if let parameter = call.parameter(0) {
        return .memory(
          call.loadTimeString(parameter.source, capacity: capacity, default: parameter.text))
      }
      // Text that is longer than may be kept fills its memory without a NUL: that is how the reader knows it was
      // cut.
      let isWhole = call.argumentCount == 1 || (call.constant(1)?.integer ?? 0) > capacity
      let target = call.memoryForResult()
      let isMeasured = isForeign(call.type(0)) && call.measuresResult
      if !isMeasured { builder.zero(target, bytes: capacity) }
      var size = IRValue.word(capacity)
      if call.argumentCount == 2, call.constant(1) == nil {
        // The length counts the NUL; the comparison keeps the size in bounds for the verifier.
        let length = call.integer(1)
        size = builder.select(
          builder.compare(.less, length, .word(capacity)), length, .word(capacity))
      }
      if call.argumentCount == 2, let length = call.constant(1)?.integer, length + 1 == capacity {
        size = .word(max(Int(length), 1))
      }
      func read(_ space: AddressSpace, from address: IRValue) -> IRValue {
        let length = builder.emit(
          .probeReadString(space, to: target, size: size, from: address))
        guard isWhole else { return length }
        // The helper always ends with a NUL, also where the text goes on.
        builder.if(builder.compare(.equal, length, .word(capacity)), "full") {
          builder.perform(
            .probeRead(
              space, to: builder.offset(target, by: capacity - 1), size: .word(1),
              from: builder.add(address, .word(capacity - 1))))
        }
        return length
      }
      switch call.type(0).readable {
      case .string where call.argumentCount == 2, .array where call.argumentCount == 2:
        _ = read(.kernel, from: builder.address(of: call.memory(0)))
      case .string(let own):
        builder.copy(to: target, from: call.memory(0), bytes: min(own, capacity))
        if own > capacity { builder.store(.integer(0, .i8), to: target, at: capacity - 1) }
      case .array(_, let count):
        builder.copy(to: target, from: call.memory(0), bytes: min(count, capacity - 1))
      default:
        let space = call.type(0).pointerSpace ?? call.addressSpace
        let address = call.integer(0)
        let result = call.temporary("status", bytes: 8)
        builder.store(.word(badAddress), to: result)
        // Where nothing can be, reading costs a page fault.
        builder.if(builder.compare(.notEqual, address, .word(0)), "text") {
          builder.store(read(space, from: address), to: result)
        }
        let length = builder.load(.i64, from: result)
        call.check(
          length, helper: .probeRead(space, isText: true), isReportedByDefault: false)
        if isMeasured { call.noteLengthOfResult(length) }
      }
      return .memory(target)
    }
  ).measuringText { arguments in arguments.first.map(isForeign) ?? false }

  /// Whether a value of that type is where a text is, outside of the program's memory.
  private static func isForeign(_ type: ScriptType) -> Bool {
    type.readable.isInteger || type.readable.isPointer
  }

  /// `-EFAULT`
  private static let badAddress = -14

  static let buf = Function(
    name: "buf", family: "Strings and memory",
    signature: Signature([
      Parameter("data", .any), Parameter("length", .integer, optional: true),
    ]),
    summary: "Bytes at an address, for `%r`.",
    details: "`length` may be left out for arrays and text. At most `max_strlen` - 4 bytes.",
    examples: [
      CatalogExample(
        #"""
        begin { printf("%r\n", buf("a\tb", 3)); print(buf(pton("10.0.0.1"))); }
        """#,
        prints: #"""
          a\x09b
          \x0a\x00\x00\x01
          """#)
    ],
    check: { call in
      let ceiling = call.configuration.maxStringLength - 4
      var capacity = ceiling
      if call.argumentCount == 2 {
        if let length = call.constant(1)?.integer {
          if length < 0 {
            call.error("buf-length", "buf() cannot use negative length (\(length))", argument: 1)
          } else if length > Int64(ceiling) {
            call.warning(
              "buf-length",
              "length param (\(length)) is too long and will be shortened to \(ceiling) bytes (see "
                + "BPFTRACE_MAX_STRLEN)", argument: 1, hints: [])
          } else {
            capacity = Int(length)
          }
        }
      } else {
        switch call.type(0).readable {
        case .array, .string: capacity = min(call.size(of: call.type(0)), ceiling)
        default:
          call.error(
            "buf-length",
            "buf() expects a length argument for non-array type "
              + call.type(0).readable.text)
          return .poison
        }
      }
      let type = call.type(0).readable
      switch type {
      case .integer, .pointer, .array, .string: return .buffer(capacity: capacity)
      default:
        call.error(
          "argument-kind",
          "buf() expects an integer, a pointer or an array as first argument (\(type.kindText) "
            + "provided)", argument: 0)
        return .poison
      }
    },
    lower: { call in
      guard case .buffer(let capacity) = call.resultType else { return .none }
      let builder = call.builder
      let target = call.temporary("buf", bytes: capacity + 4)
      builder.zero(target, bytes: capacity + 4)
      var size = IRValue.word(capacity)
      if call.argumentCount == 2, call.constant(1) == nil {
        let length = call.integer(1)
        size = builder.select(
          builder.compare(.less, length, .word(capacity)), length, .word(capacity))
      }
      builder.store(builder.resize(size, to: .i32, signed: false), to: target)
      let data = builder.offset(target, by: 4)
      if case .string(let bytes)? = call.constant(0) {
        // A literal may hold NULs, which its value as text would lose.
        let kept = Array(bytes.prefix(capacity))
        builder.copy(to: data, from: builder.emit(.literal(kept)), bytes: kept.count)
        return .memory(target)
      }
      switch call.type(0).readable {
      case .array, .string:
        builder.copy(
          to: data, from: call.memory(0),
          bytes: min(capacity, call.size(of: call.type(0))))
      default: call.read(size, from: 0, to: data)
      }
      return .memory(target)
    })

  static let strlen = Function(
    name: "strlen", family: "Strings and memory",
    signature: Signature([Parameter("text", .any)]),
    summary: "The number of bytes before a text's NUL.",
    examples: [
      CatalogExample(
        """
        begin { print(strlen("five!")); }
        """,
        prints: "5")
    ],
    check: { call in
      if case .string(let bytes)? = call.constant(0) {
        call.fold(to: .unsigned(UInt64(bytes.prefix { $0 != 0 }.count), isFlexible: true))
        return .uint64
      }
      guard call.type(0).isString else {
        call.error(
          "argument-kind",
          "strlen() only supports string arguments (\(call.type(0).readable.kindText) provided)",
          argument: 0)
        return .poison
      }
      return .uint64
    },
    lower: { call in
      guard case .string(let capacity) = call.type(0) else { return .none }
      let builder = call.builder
      let text = builder.address(of: call.memory(0))
      // Copying text tells its length: the kernel's copy counts the NUL.
      let copy = call.temporary("strlen", bytes: capacity)
      let count = builder.emit(
        .probeReadString(.kernel, to: copy, size: .word(capacity), from: text))
      return .scalar(
        builder.select(
          builder.compare(.greaterSigned, count, .word(0)),
          builder.binary(.sub, count, .word(1)), .word(0)))
    })

  /// The most bytes that `strncmp()` compares one by one.
  private static let longestInline = 64

  static let strncmp = Function(
    name: "strncmp", family: "Strings and memory",
    signature: Signature([
      Parameter("a", .string), Parameter("b", .string), Parameter("length", .integerLiteral),
    ]),
    summary: "Zero if two texts agree in their first bytes, else one.",
    examples: [
      CatalogExample(
        """
        begin {
          print(strncmp("sshd", "ssh-agent", 3));
          print(strncmp("sshd", "ssh-agent", 4));
        }
        """,
        prints: """
          0
          1
          """)
    ],
    check: { call in
      if let length = call.constant(2)?.integer, length < 0 {
        call.error("strncmp-length", "strncmp() cannot use negative length", argument: 2)
      }
      return .uint64
    },
    lower: { call in
      guard case .string(let a) = call.type(0), case .string(let b) = call.type(1) else {
        return .none
      }
      let builder = call.builder
      let length = min(Int(clamping: call.constant(2)?.integer ?? 0), a, b)
      let (left, right) = (call.memory(0), call.memory(1))
      if length > longestInline {
        // Behind the end of a text there are zeros.
        let same = call.equalBytes(left, right, count: length)
        return .scalar(builder.select(same, .word(0), .word(1)))
      }
      let differs = call.temporary("strncmp", bytes: 8)
      builder.store(.word(0), to: differs)
      let done = builder.newBlock("strncmp.end")
      for index in 0..<length {
        let x = builder.load(.i8, from: left, at: index)
        let y = builder.load(.i8, from: right, at: index)
        let unequal = builder.newBlock("strncmp.differs")
        let equal = builder.newBlock("strncmp.same")
        let next = builder.newBlock("strncmp.next")
        builder.branch(if: builder.compare(.notEqual, x, y), then: unequal, else: equal)
        builder.position(at: unequal)
        builder.store(.word(1), to: differs)
        builder.branch(to: done)
        builder.position(at: equal)
        builder.branch(
          if: builder.compare(.equal, x, .integer(0, .i8)), then: done, else: next)
        builder.position(at: next)
      }
      builder.branch(to: done)
      builder.position(at: done)
      return .scalar(builder.load(.i64, from: differs))
    })
}

extension ScriptType {
  /// The kind of a type in messages about arguments: `int`, `string`.
  package var kindText: String {
    switch self {
    case .integer: "int"
    case .boolean: "bool"
    case .string: "string"
    case .pointer: "pointer"
    case .tuple: "tuple"
    case .record: "record"
    case .array: "array"
    case .structure, .arguments: "c_type"
    default: text
    }
  }
}
