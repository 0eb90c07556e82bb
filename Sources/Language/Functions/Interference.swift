import TraceIR
import TraceModel

/// What changes the traced programs, and not only watches them.
extension Function {
  private static let family = "The process"

  static let interference: [Function] = [override, writeUser]

  static let override: Function = {
    var function = overriding
    function.isServed = { $0.savedRegisters != nil }
    return function
  }()

  private static let overriding = Function(
    name: "override", family: family, signature: Signature([Parameter("result", .any)]),
    summary: "Has the traced function return a value instead of doing anything.",
    details:
      "In kprobes of functions for which the kernel allows it (ALLOW_ERROR_INJECTION), where it is built with "
      + "CONFIG_BPF_KPROBE_OVERRIDE. As in `kprobe:__x64_sys_getuid /comm == \"id\"/ { override(2); }`.",
    isUnsafe: true, requires: [.overrideReturn], needsProbe: true,
    check: { call in
      if call.probe.probeType != ProbeType.kprobe.name {
        call.error("function-probe", "override() can only be used inside kprobes")
      }
      if !call.type(0).readable.isInteger {
        call.error(
          "argument-kind",
          "override() only supports int arguments (\(call.type(0).readable.kindText) provided)")
      }
      return .none
    },
    lower: { call in
      let builder = call.builder
      let result = builder.emit(
        .helper(.overrideReturn, [builder.emit(.context), call.integer(0)]))
      call.check(result, helper: .overrideReturn, isReportedByDefault: true)
      return .none
    })

  static let writeUser = Function(
    name: "write_user", family: family,
    signature: Signature([
      Parameter("to", .address), Parameter("from", .any), Parameter("length", .integer),
    ]),
    summary: "Writes bytes into the memory of the process; tells whether that went well.",
    details:
      "As in `write_user(arg0, \"new\", 4)`. `from` is a pointer, or text, or an array. At most `max_strlen` "
      + "bytes are written.",
    isUnsafe: true, returnsInPassing: true,
    check: { call in
      switch call.type(1).readable {
      case .integer, .pointer, .string, .buffer, .array, .structure: break
      default:
        call.error(
          "argument-kind",
          "write_user() only supports pointer or string arguments "
            + "(\(call.type(1).readable.kindText) provided)", argument: 1)
      }
      if let length = call.constant(2)?.integer, length < 0 {
        call.error(
          "length-range", "write_user() cannot use negative length (\(length))", argument: 2)
      }
      return .boolean
    },
    lower: { call in
      let builder = call.builder
      let ceiling = call.configuration.maxStringLength
      let length: IRValue
      let capacity: Int
      if let known = call.constant(2)?.integer {
        capacity = min(Int(clamping: known), ceiling)
        length = .word(capacity)
      } else {
        // The comparison keeps the size in bounds for the verifier.
        capacity = ceiling
        let given = call.integer(2)
        length = builder.select(
          builder.compare(.less, given, .word(ceiling)), given, .word(ceiling))
      }
      guard capacity > 0 else { return .scalar(.true) }
      let bytes = call.temporary("write_user", bytes: capacity)
      builder.zero(bytes, bytes: capacity)
      switch call.type(1).readable {
      case .string, .buffer, .array, .structure:
        let size = call.size(of: call.type(1))
        builder.copy(to: bytes, from: call.memory(1), bytes: min(size, capacity))
      default: call.read(length, from: 1, to: bytes)
      }
      let result = builder.emit(
        .helper(.probeWriteUser, [call.integer(0), bytes, length]))
      call.check(result, helper: .probeWriteUser, isReportedByDefault: true)
      return .scalar(
        builder.resize(builder.compare(.equal, result, .word(0)), to: .i8, signed: false))
    })
}
