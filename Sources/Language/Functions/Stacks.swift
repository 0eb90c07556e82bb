import MachineView
import TraceIR
import TraceModel

extension Function {
  static let stacks: [Function] = [
    stack("kstack", isUser: false, summary: "The kernel's stack."),
    stack("ustack", isUser: true, summary: "The process's stack."),
    stack("stack", isUser: false, summary: "An older name of `kstack`."),
    unwoundStack,
  ]

  /// The frames that are kept when the script does not say.
  private static let defaultLimit = 127
  private static let greatestLimit: Int64 = 1024

  /// Mode and limit of a stack, and whether the call names the mode; nil if they are not right, which is
  /// reported.
  private static func arguments(
    of call: any CallCheck, _ name: String
  ) -> (mode: StackMode, limit: Int, namesMode: Bool)? {
    var mode = call.configuration.stackMode
    var limit = Int64(defaultLimit)
    var namesMode = false
    for index in 0..<call.argumentCount {
      if let word = call.word(index) {
        guard let named = StackMode.allCases.first(where: { $0.name == word }) else {
          call.error(
            "stack-mode",
            "Error parsing stack mode: \(name): Invalid value for stack_mode: valid values are "
              + "bpftrace, raw, perf, and build_id.", argument: index)
          return nil
        }
        mode = named
        namesMode = true
      } else if let value = call.constant(index)?.integer {
        limit = value
      } else {
        call.error("stack-limit", "\(name): invalid limit value")
        return nil
      }
    }
    if limit > greatestLimit {
      call.error(
        "stack-limit",
        "\(name)([int limit]): limit shouldn't exceed \(greatestLimit), \(limit) given")
      return nil
    }
    if limit < 1 {
      call.error("stack-limit", "\(name)([int limit]): limit must be positive, \(limit) given")
      return nil
    }
    return (mode, Int(limit), namesMode)
  }

  /// Bytes of the stack that are kept for unwinding, and how many are read at once: at the top of a stack
  /// less than one piece is not seen.
  private static let unwoundBytes = 8192
  private static let pieceBytes = 512
  /// What programs get at the registers by that a stack is unwound from.
  private static let unwindingNeeds: [KernelFeature] = [.currentTaskPointer, .taskRegisters]

  private static let unwoundStack = Function(
    name: "dw_ustack", family: "Stacks",
    signature: Signature([
      Parameter("mode", .word, optional: true),
      Parameter("limit", .integerLiteral, optional: true),
    ]), isBuiltin: true,
    summary: "The process's stack, by the call frame information of its programs.",
    details: "For programs without frame pointers, of whose stacks `ustack` sees little. The "
      + "registers and the topmost 8 KiB of the stack are kept, and unwound outside the kernel. Maps with such "
      + "keys are kept there, too: they can be written, printed, cleared and zeroed, but programs cannot look "
      + "at them. Of callers it shows where the call is, not where it returns to.",
    requires: unwindingNeeds,
    check: { call in
      guard call.allowsUnstable("dw_ustack (DWARF stack unwinding)", key: "unstable_dw_ustack"),
        let (mode, limit, _) = arguments(of: call, "dw_ustack")
      else { return .poison }
      return .presented(.unwoundStack(mode, limit: limit, capacity: unwoundBytes))
    },
    lower: { call in
      guard case .presented(let presentation) = call.resultType else { return .none }
      return capture(presentation, call)
    })

  /// Copies what a stack is unwound from when it is shown.
  private static func capture(
    _ presentation: Presentation, _ call: any CallLowering
  ) -> LoweredValue {
    let builder = call.builder
    let architecture = call.architecture
    let target = call.memoryForResult()
    let header = 16 + Presentation.registerBytes
    builder.zero(target, bytes: header)
    ProcessID.store(to: target, at: 8, call)
    let task = builder.emit(.helper(.getCurrentTaskBTF, []))
    let registers = builder.emit(.helper(.taskPTRegs, [task]))
    let size = min(architecture.registersSize, Presentation.registerBytes)
    builder.perform(
      .helper(.probeReadKernel, [builder.offset(target, by: 16), .word(Int64(size)), registers]))
    let stackPointer = builder.load(
      .i64, from: target,
      at: 16 + (architecture.offset(ofRegister: architecture.stackPointer) ?? 0))
    // What cannot be read is zeroed by the kernel, and does not count from the first piece on.
    var isWhole = IRValue.word(1)
    var bytes = IRValue.word(0)
    for piece in stride(from: 0, to: unwoundBytes, by: pieceBytes) {
      let failure = builder.emit(
        .helper(
          .probeReadUser,
          [
            builder.offset(target, by: header + piece), .word(Int64(pieceBytes)),
            builder.binary(.add, stackPointer, .word(Int64(piece))),
          ]))
      isWhole = builder.select(builder.compare(.equal, failure, .word(0)), isWhole, .word(0))
      bytes = builder.binary(
        .add, bytes, builder.binary(.mul, isWhole, .word(Int64(pieceBytes))))
    }
    builder.store(bytes, to: target)
    return .memory(target)
  }

  private static func stack(_ name: String, isUser: Bool, summary: String) -> Function {
    Function(
      name: name, family: "Stacks",
      signature: Signature([
        Parameter("mode", .word, optional: true),
        Parameter("limit", .integerLiteral, optional: true),
      ]), isBuiltin: true, summary: summary,
      details:
        "As in `\(name)(perf, 5)`: modes are `bpftrace`, `perf`, `raw` and, of processes, `build_id`; the limit is 127 frames "
        + "by default and 1024 at most.",
      showsKernelStack: !isUser,
      check: { call in
        guard let (named, limit, namesMode) = arguments(of: call, name) else { return .poison }
        var mode = named
        if isUser, call.configuration.unwindsByCallFrames {
          return .presented(.unwoundStack(mode, limit: limit, capacity: unwoundBytes))
        }
        if mode == .buildID, !isUser {
          guard !namesMode else {
            call.error("stack-mode", "'build_id' stack mode can only be used for ustack")
            return .poison
          }
          mode = .raw
        }
        return .presented(
          isUser
            ? .userStack(mode, limit: limit) : .kernelStack(mode, limit: limit))
      },
      lower: { call in
        guard case .presented(let presentation) = call.resultType else { return .none }
        if case .unwoundStack = presentation {
          for feature in unwindingNeeds { call.require(feature) }
          return capture(presentation, call)
        }
        let builder = call.builder
        let size = presentation.size
        let header = isUser ? 16 : 8
        // The kernel makes zero what its frames do not fill.
        let target = call.memoryForResult()
        let addresses = builder.offset(target, by: header)
        let frames = presentation.stackFrames
        let written = builder.emit(.stack(frames, to: addresses, bytes: size - header))
        let bytes = builder.select(
          builder.compare(.greaterSigned, written, .word(0)), written, .word(0))
        builder.store(
          builder.binary(.shiftRight, bytes, .word(frames == .userLocations ? 5 : 3)), to: target)
        if isUser { ProcessID.store(to: target, at: 8, call) }
        return .memory(target)
      })
  }
}

extension Presentation {
  /// What a stack of this kind captures.
  fileprivate var stackFrames: IRStackFrames {
    switch self {
    case .userStack(.buildID, _): .userLocations
    case .userStack: .userAddresses
    default: .kernelAddresses
    }
  }
}
