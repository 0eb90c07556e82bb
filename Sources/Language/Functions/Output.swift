import SystemText
package import TraceIR
import TraceModel

extension Function {
  static let output: [Function] = [
    printf, row, print, errorf, warnf, time, join, cat, system, exit, debugf,
  ]

  static let printf: Function = {
    var function = sendingPrintf
    function.writesToPinnedIterators = true
    function.check = { [check = function.check] call in
      if call.pinnedIteration != nil { SequenceOutput.check(call) }
      return check(call)
    }
    function.lower = { [lower = function.lower] call in
      guard let iteration = call.pinnedIteration else { return lower(call) }
      SequenceOutput.lower(call, iteration)
      return .none
    }
    return function
  }()

  private static let sendingPrintf = formatted(
    "printf", summary: "Prints values in a format.",
    details:
      "As in `printf(\"%s %d\\n\", comm, pid)`. Conversions are those of C without floating point, "
      + "and `%r`, `%rx`, `%rh` for buffers. `%s` takes any value.",
    examples: [
      CatalogExample(
        #"begin { printf("%s: %d, %x, %-5s|%5s|\n", "values", 42, 255, "left", "right"); }"#,
        prints: "values: 42, ff, left |right|"),
      CatalogExample(
        #"begin { $b = buf("a\n", 2); printf("%r %rx %rh\n", $b, $b, $b); }"#,
        prints: #"a\x0a \x61\x0a 61 0a"#),
      CatalogExample(
        #"begin { printf("%gr\n", 0xdc0); }"#, prints: "GFP_KERNEL|__GFP_ZERO"),
    ]
  ) { .printf(format: $0) }

  package static let row = Function(
    name: "row", family: "Output",
    signature: Signature([Parameter("columns", .any, optional: true)], variadic: true),
    summary: "Prints a row of the script's columns.",
    details:
      "The `columns` block of the script says what they look like; values have their names: "
      + "`row(path = str($path), ret = args.ret)`. Builtins such as `pid` and `comm` need not be given. A "
      + "column that no option asks for is not computed.",
    examples: [
      CatalogExample(
        """
        columns = {
          name  "%-8s";
          size  "%6d";
        }
        begin {
          row(name = "first", size = 12);
          row(name = "second", size = 345);
        }
        """,
        prints: """
          NAME       SIZE
          first        12
          second      345
          """)
    ],
    invocation: .asynchronous,
    check: { call in
      FormatCheck.check(call)
      return .none
    },
    lower: { call in
      call.emit(.row, argumentsFrom: 1)
      return .none
    })

  static let errorf = formatted(
    "errorf", summary: "Prints an error in a format, with its place in the script, on stderr."
  ) { .errorf(format: $0) }

  static let warnf = formatted(
    "warnf", summary: "Prints a warning in a format, with its place in the script, on stderr."
  ) { .warnf(format: $0) }

  static let cat = formatted(
    "cat", summary: "Prints the start of a file.",
    details: "The arguments make the file's name as those of `printf` make text."
  ) { .cat(format: $0) }

  static let system = formatted(
    "system", summary: "Runs a shell command and prints its output.", isUnsafe: true
  ) { .system(format: $0) }

  private static func formatted(
    _ name: String, summary: String, details: String = "", examples: [CatalogExample] = [],
    isUnsafe: Bool = false, _ kind: @escaping @Sendable (String) -> EventKind
  ) -> Function {
    Function(
      name: name, family: "Output",
      signature: Signature([Parameter("format", .stringLiteral)], variadic: true),
      summary: summary, details: details, examples: examples, invocation: .asynchronous,
      isUnsafe: isUnsafe,
      check: { call in
        FormatCheck.check(call)
        return .none
      },
      lower: { call in
        call.emit(kind(call.constant(0)?.text ?? ""), argumentsFrom: 1)
        return .none
      })
  }

  static let print = Function(
    name: "print", family: "Output",
    signature: Signature([
      Parameter("value", .anyOrMap), Parameter("top", .integerLiteral, optional: true),
      Parameter("div", .integerLiteral, optional: true),
    ]),
    summary: "Prints a value, or a whole map.",
    details:
      "`print(@m, 10, 1000)` shows the ten largest elements, divided by 1000.",
    examples: [
      CatalogExample(
        """
        begin {
          print((1, "two", true));
          @m["a"] = 5;
          print(@m["a"]);
          clear(@m);
        }
        """,
        prints: """
          (1, two, true)
          5
          """),
      CatalogExample(
        """
        begin {
          @size["a"] = (int64)4096;
          @size["b"] = (int64)8192;
          @size["c"] = (int64)1024;
          print(@size, 2, 1024);
          clear(@size);
        }
        """,
        prints: """
          @size[a]: 4
          @size[b]: 8
          """),
    ],
    invocation: .asynchronous,
    check: { call in
      guard let map = call.map(0) else {
        if call.argumentCount > 1 {
          call.error(
            "print-arguments",
            "Non-map print() only takes 1 argument, \(call.argumentCount) found")
        }
        let type = call.type(0).readable
        if case .arguments = type, !call.probe.context.argumentsArePrintable {
          call.error(
            "not-printable",
            "struct \(call.probe.name)_args type passed to print() is not printable")
        }
        if case .aggregation(let aggregation) = type, !aggregation.shape.hasPrintableElements {
          call.error(
            "element-print",
            "Map type \(type.text) cannot print the value of individual keys. You must print the "
              + "whole map.")
        }
        return .none
      }
      if map.value == nil { call.error("undefined-map", "Undefined map: \(map.name)", argument: 0) }
      if call.argumentCount > 1, case .aggregation(let aggregation)? = map.value,
        !aggregation.shape.isSelectable
      {
        call.warning(
          "print-stats",
          "print()'s top and div arguments are ignored when used on "
            + "\(Catalog.function(of: aggregation).name)() maps.")
      }
      return .none
    },
    lower: { call in
      guard let map = call.map(0) else {
        if case .arguments = call.type(0) {
          printFields(call)
        } else {
          call.emit(.printValue, argumentsFrom: 0)
        }
        return .none
      }
      call.emit(
        .printMap(
          map: map.index,
          top: call.argumentCount > 1 ? call.constant(1)?.integer.map(Int.init) : nil,
          divisor: call.argumentCount > 2 ? call.constant(2)?.integer : nil), fields: [])
      return .none
    })

  /// Sends the fields of `args` as a record; without those that no program can read.
  private static func printFields(_ call: any CallLowering) {
    let fields = (call.probe.context.arguments ?? []).filter {
      if case .nowhere = $0.access { false } else { true }
    }
    let type = ScriptType.record(fields.map { .init(name: $0.name, type: $0.type) })
    let values = fields.map { (call.contextField($0), $0.type) }
    call.emit(.printValue, fields: [(.memory(call.record(of: values, as: type)), type)])
  }

  static let time = Function(
    name: "time", family: "Output",
    signature: Signature([Parameter("format", .stringLiteral, optional: true)]),
    summary: "Prints the time of day, formatted as strftime(3) would.",
    details: "The default format is `%H:%M:%S` and a newline; `%f` is microseconds.",
    invocation: .asynchronous,
    check: { _ in .none },
    lower: { call in
      let format = call.argumentCount > 0 ? call.constant(0)?.text : nil
      call.emit(.time(format: format ?? "%H:%M:%S\n"), fields: [])
      return .none
    })

  /// How many strings `join` reads, and how long they may be.
  private static let (joinCount, joinLength) = (16, 1024)

  static let join = Function(
    name: "join", family: "Output",
    signature: Signature([
      Parameter("strings", .address), Parameter("separator", .stringLiteral, optional: true),
    ]),
    summary: "Prints an array of strings, as that of execve(2), with a separator between them.",
    details: "Up to 16 strings of up to 1024 bytes, and a newline.", invocation: .asynchronous,
    check: { _ in .none },
    lower: { call in
      let builder = call.builder
      let separator = call.argumentCount > 1 ? call.constant(1)?.text ?? " " : " "
      let space = call.type(0).pointerSpace ?? call.addressSpace
      let array = call.integer(0)
      let pointer = call.temporary("join.pointer", bytes: 8)
      let alive = call.temporary("join.alive", bytes: 8)
      builder.store(.word(1), to: alive)
      let types = [ScriptType](repeating: .string(capacity: joinLength), count: joinCount)
      call.emit(.join(separator: separator), types: types) { texts in
        for (index, text) in texts.enumerated() {
          builder.zero(text, bytes: joinLength)
          let isAlive = builder.isNonzero(builder.load(.i64, from: alive))
          builder.if(isAlive, "join") {
            builder.store(.word(0), to: pointer)
            builder.perform(
              .probeRead(
                space, to: pointer, size: .word(8), from: builder.add(array, .word(index * 8))))
            let address = builder.load(.i64, from: pointer)
            builder.if(
              builder.isNonzero(address),
              then: {
                builder.perform(
                  .probeReadString(space, to: text, size: .word(joinLength), from: address))
              }, else: { builder.store(.word(0), to: alive) })
          }
        }
      }
      return .none
    })

  static let exit = Function(
    name: "exit", family: "Output",
    signature: Signature([Parameter("status", .integer, optional: true)]), isBuiltin: false,
    summary: "Ends the probe at once and the command as soon as it hears of it.",
    details: "`end` probes run and maps are printed. `status` is the command's exit status.",
    examples: [
      CatalogExample(
        """
        begin { print("now"); exit(); } end { print("done"); }
        """,
        prints: """
          now
          done
          """)
    ],
    invocation: .asynchronous, endsProbe: true, check: { _ in .none },
    lower: { call in
      let status = call.argumentCount > 0 ? call.integer(0) : .word(0)
      call.emit(.exit, fields: [(.scalar(status), .int64)])
      call.leaveProbe()
      return .none
    })
}

extension Function {
  /// The most arguments of `debugf`, and the conversions that the kernel knows.
  private static let (traceLimit, traceConversions) = (3, ["d", "u", "x", "p", "s"])

  static let debugf = Function(
    name: "debugf", family: "Output",
    signature: Signature([Parameter("format", .stringLiteral)], variadic: true),
    summary: "Writes to the kernel's trace pipe, in a format.",
    details:
      "For looking into scripts that misbehave. Up to three arguments, by `%d`, `%u`, `%x`, `%p` and `%s` with "
      + "the lengths that the kernel knows: `%ld`. The texts are in `/sys/kernel/tracing/trace_pipe`.",
    check: { call in
      call.warning(
        "debugf",
        "The debugf() builtin is not recommended for production use. For more information see "
          + "bpf_trace_printk in bpf-helpers(7).")
      FormatCheck.check(call)
      let conversions = FormatString(call.constant(0)?.text ?? "").conversions
      for conversion in conversions where !traceConversions.contains(conversion.letter) {
        call.error(
          "format-type", "Invalid format specifier for `debugf`: \(conversion.letter)", argument: 0)
      }
      if conversions.count > traceLimit {
        call.error(
          "format-arguments", "cannot use more than \(traceLimit) conversion specifiers")
      }
      return .none
    },
    lower: { call in
      let builder = call.builder
      let format = (call.constant(0)?.text ?? "").systemBytes + [0]
      var arguments = [builder.emit(.literal(format)), .word(format.count)]
      for index in 1..<max(call.argumentCount, 1) {
        // The kernel reads texts from where they are.
        arguments.append(
          call.type(index).isScalar
            ? call.integer(index) : builder.address(of: call.memory(index)))
      }
      builder.perform(.helper(.tracePrintk, arguments))
      return .none
    })
}

extension ScriptType {
  /// The space that a pointer points into.
  package var pointerSpace: AddressSpace? {
    if case .pointer(_, let space) = self, space != .unknown { space } else { nil }
  }
}

/// Checks the arguments of a format.
enum FormatCheck {
  /// The most arguments behind the format.
  private static let limit = 127

  static func check(_ call: any CallCheck) {
    guard let format = call.constant(0)?.text else { return }
    let conversions = FormatString(format).conversions
    let supplied = call.argumentCount - 1
    let expected = conversions.reduce(0) {
      $0 + 1 + ($1.widthIsArgument ? 1 : 0) + ($1.precisionIsArgument ? 1 : 0)
    }
    if supplied > limit {
      call.error(
        "format-arguments", "\(call.name)() takes at most \(limit) arguments (\(supplied) provided)"
      )
    }
    if supplied < expected {
      call.error(
        "format-arguments",
        "not enough arguments for format string (\(supplied) supplied, \(expected) expected)")
      return
    }
    if supplied > expected {
      call.error(
        "format-arguments",
        "too many arguments for format string (\(supplied) supplied, \(expected) expected)")
      return
    }
    var argument = 1
    for conversion in conversions {
      for _ in 0..<((conversion.widthIsArgument ? 1 : 0) + (conversion.precisionIsArgument ? 1 : 0))
      {
        if !call.type(argument).readable.isNumber {
          call.error("format-type", "a width or precision must be an integer", argument: argument)
        }
        argument += 1
      }
      check(conversion.letter, argument, call)
      argument += 1
    }
  }

  private static func check(_ letter: String, _ argument: Int, _ call: any CallCheck) {
    let type = call.type(argument).readable
    func unsupported() {
      call.error(
        "format-type", "unsupported format specifier for type '\(type.text)': \(letter)")
    }
    switch letter {
    case "s":
      if type == .none || type == .arguments {
        call.error("format-type", "unable to print \(type.text) type for specifier: s")
      } else if case .aggregation = type {
        unsupported()
      }
    case "d", "i", "u", "o", "x", "X", "c", "p":
      if !type.isScalar, !isAddress(type) { unsupported() }
    case "r", "rx", "rh": if case .buffer = type {} else { unsupported() }
    case "gr": if !type.isScalar { unsupported() }
    default: call.error("format-type", "unsupported format specifier: \(letter)")
    }
  }

  /// Symbols may be printed as the addresses they are.
  private static func isAddress(_ type: ScriptType) -> Bool {
    type == .presented(.kernelSymbol) || type == .presented(.userSymbol)
  }
}
