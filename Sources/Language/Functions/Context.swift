import MachineView
import SystemText
import TraceIR
import TraceModel

extension Function {
  private static let family = "The probe"

  static let context: [Function] = [
    probeName, probeType, args, ctx, retval, function, register, userMode,
  ]

  static let probeName = Function(
    name: "probe", family: family, isBuiltin: true, summary: "The full name of the attach point.",
    examples: [
      CatalogExample(
        "begin { print(probe); }",
        prints: "begin")
    ],
    needsProbe: true, tellsSite: true,
    check: { call in
      if let capacity = call.probe.nameCapacity { return .string(capacity: capacity) }
      call.fold(to: .string(call.probe.name.systemBytes))
      return .string(capacity: call.probe.name.utf8.count + 1)
    }, lower: { call in .memory(call.nameOfSite()) })

  static let probeType = Function(
    name: "probetype", family: family, isBuiltin: true, summary: "The kind of the attach point.",
    examples: [
      CatalogExample(
        "begin { print(probetype); }",
        prints: "special")
    ],
    needsProbe: true,
    check: { call in
      call.fold(to: .string(Array(call.probe.kindName.utf8)))
      return .string(capacity: call.probe.kindName.utf8.count + 1)
    }, lower: { _ in .none })

  static let args: Function = {
    var function = arguments
    function.isArguments = true
    return function
  }()

  private static let arguments = Function(
    name: "args", family: family, isBuiltin: true, summary: "The fields of the attach point.",
    details:
      "As in `args.filename`; `-lv` lists the fields. Tracepoints, raw tracepoints, fentry, fexit and, where "
      + "the binary has debug information (DWARF), uprobes have them.",
    needsProbe: true,
    check: { call in
      guard call.probe.context.arguments != nil else {
        if let obstacle = call.probe.context.argumentsObstacle {
          call.error("no-parameters", "Cannot read function parameters: \(obstacle)")
          return .poison
        }
        call.error(
          "no-args",
          "The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and "
            + "uprobe probes (\(call.probe.kindName) used here)")
        return .poison
      }
      return .arguments
    }, lower: { _ in .none })

  static let ctx: Function = {
    var function = rawContext
    function.isContext = true
    function.isServed = { $0.contextType != nil }
    return function
  }()

  private static let rawContext = Function(
    name: "ctx", family: family, isBuiltin: true, summary: "The raw context of the program.",
    details: "`struct pt_regs` in probes of functions, the record of the event in tracepoints.",
    needsProbe: true,
    check: { call in
      guard let type = call.probe.context.contextType else {
        call.error(
          "no-ctx",
          call.probe.context.arguments == nil
            ? "The ctx builtin can not be used with '\(call.probe.probeType)' probes"
            : "Use args instead of ctx in \(call.probe.kindName)")
        return .poison
      }
      return type
    }, lower: { .scalar($0.builder.address(of: $0.builder.emit(.context))) })

  static let retval: Function = {
    var function = readingRegister(returnValue) { $0.returnValue != nil }
    function.isReturnValue = true
    return function
  }()

  private static let returnValue = Function(
    name: "retval", family: family, isBuiltin: true, summary: "What the traced function returns.",
    details:
      "In kretprobes and uretprobes a number. In a uretprobe of a function that returns a pointer to a structure, as the debug "
      + "information of its binary says, it is that pointer if the probe asks for a field: `retval->next`.",
    needsProbe: true,
    check: { call in
      guard let field = call.probe.context.returnValue else {
        call.error(
          "no-retval",
          "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"
            + (call.probe.context.arguments != nil && call.probe.context.contextType == nil
              ? " (try to use args.ret instead)" : ""))
        return .poison
      }
      return field.type
    },
    lower: { call in
      call.probe.context.returnValue.map { call.contextField($0) } ?? .none
    })

  static let function = served(tracedPlace) { $0.function != nil }

  private static let tracedPlace = Function(
    name: "func", family: family, isBuiltin: true, summary: "The traced function.",
    details: "Its name is looked up when it is printed.",
    needsProbe: true,
    check: { call in
      switch call.probe.context.function {
      case .instructionPointer(_, let isUser)?, .helper(let isUser)?:
        return .presented(isUser ? .userSymbol : .kernelSymbol)
      case nil:
        call.error(
          "no-func",
          "The func builtin can not be used with '\(call.probe.probeType)' probes")
        return .poison
      }
    },
    lower: { call in
      let builder = call.builder
      let isUser = call.resultType == .presented(.userSymbol)
      let target = call.temporary("func", bytes: isUser ? 16 : 8)
      guard let address = functionAddress(call) else { return .none }
      builder.store(address, to: target)
      if isUser { ProcessID.store(to: target, at: 8, call) }
      return .memory(target)
    })

  /// Where the traced function is: `i64`.
  static func functionAddress(_ call: any CallLowering) -> IRValue? {
    let builder = call.builder
    switch call.probe.context.function {
    case .instructionPointer(let offset, let isUser)?:
      let pointer = builder.emit(.contextLoad(.i64, offset: offset))
      // A kprobe at a function's first byte sees the address behind the breakpoint.
      return isUser ? pointer : builder.binary(.sub, pointer, .word(1))
    case .helper?: return builder.emit(.helper(.getFuncIP, [builder.emit(.context)]))
    case nil: return nil
    }
  }

  static let register = readingRegister(namedRegister) { $0.savedRegisters != nil }

  private static let namedRegister = Function(
    name: "reg", family: family, signature: Signature([Parameter("name", .stringLiteral)]),
    summary: "The contents of a register.",
    details: "As `reg(\"ip\")`, in probes of functions and of perf events.",
    needsProbe: true,
    check: { call in
      guard let architecture = call.probe.context.savedRegisters else {
        call.error(
          "no-reg", "reg can not be used with \"\(call.probe.probeType)\" probes")
        return .poison
      }
      let name = call.constant(0)?.text ?? ""
      if architecture.offset(ofRegister: name) == nil {
        call.error(
          "unknown-register",
          "'\(name)' is not a valid register on this architecture (\(architecture.name))")
      }
      return .uint64
    },
    lower: { call in
      let name = call.constant(0)?.text ?? ""
      let offset = call.probe.context.savedRegisters?.offset(ofRegister: name) ?? 0
      return .scalar(call.builder.emit(.contextLoad(.i64, offset: offset)))
    })

  static let userMode = Function(
    name: "usermode", family: family, isBuiltin: true,
    summary: "1 if a program in user space was interrupted, 0 if the kernel was.",
    details: "1 in begin and end, 0 where the kernel itself calls the probe, as in tracepoints.",
    examples: [
      CatalogExample(
        "begin { print(usermode); }",
        prints: "1")
    ],
    needsProbe: true, check: { _ in .uint8 },
    lower: { call in
      let builder = call.builder
      guard let architecture = call.probe.context.savedRegisters,
        let offset = architecture.offset(ofRegister: architecture.userMode.register)
      else {
        return .scalar(.integer(call.probe.context.isCalledByUser ? 1 : 0, .i8))
      }
      let bits = builder.binary(
        .and, builder.emit(.contextLoad(.i64, offset: offset)),
        .word(architecture.userMode.mask))
      let isUser = builder.emit(.compare(.equal, bits, .word(architecture.userMode.value)))
      return .scalar(builder.resize(isUser, to: .i8, signed: false))
    })

  private static func readingRegister(
    _ function: Function, isServed: @escaping @Sendable (ContextShape) -> Bool
  ) -> Function {
    var function = served(function, by: isServed)
    function.isRegister = true
    return function
  }

  private static func served(
    _ function: Function, by isServed: @escaping @Sendable (ContextShape) -> Bool
  ) -> Function {
    var function = function
    function.isServed = isServed
    return function
  }

  /// `arg0`, `arg1`, ...
  package static func argument(_ number: Int) -> Function {
    var function = readingRegister(rawArgument(number)) { context in
      switch context.registers {
      case .none: false
      case .registers(let offsets, _): number < offsets.count
      case .words(let count): number < count
      case .sites: true
      }
    }
    function.argumentNumber = number
    return function
  }

  private static func rawArgument(_ number: Int) -> Function {
    Function(
      name: "arg\(number)", family: family, isBuiltin: true,
      summary: "Argument \(number) of the traced function, as its register has it.",
      needsProbe: true,
      check: { call in
        switch call.probe.context.registers {
        case .none:
          call.error(
            "no-arg",
            "The arg\(number) builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes")
          return .poison
        case .registers(let offsets, let architecture):
          if number >= offsets.count {
            call.error("no-arg", "\(architecture) doesn't support arg\(number)")
            return .poison
          }
        case .words(let count):
          if number >= count {
            call.error("no-arg", "\(call.probe.name) has no arg\(number)")
            return .poison
          }
        case .sites: break
        }
        return .uint64
      },
      lower: { call in
        let offset: Int
        switch call.probe.context.registers {
        case .none: offset = 0
        case .registers(let offsets, _): offset = offsets[number]
        case .words: offset = number * 8
        case .sites: return .scalar(call.argumentOfSite(number))
        }
        return .scalar(call.builder.emit(.contextLoad(.i64, offset: offset)))
      })
  }
}
