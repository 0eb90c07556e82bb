import TraceIR
import TraceModel

extension Function {
  static let stacks: [Function] = [
    stack("kstack", isUser: false, summary: "The kernel's stack."),
    stack("ustack", isUser: true, summary: "The process's stack."),
    stack("stack", isUser: false, summary: "An older name of `kstack`."),
  ]

  /// The frames that are kept when the script does not say.
  private static let defaultLimit = 127
  private static let greatestLimit: Int64 = 1024

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
              return .poison
            }
            mode = named
            namesMode = true
          } else if let value = call.constant(index)?.integer {
            limit = value
          } else {
            call.error("stack-limit", "\(name): invalid limit value")
            return .poison
          }
        }
        if limit > greatestLimit {
          call.error(
            "stack-limit",
            "\(name)([int limit]): limit shouldn't exceed \(greatestLimit), \(limit) given")
          return .poison
        }
        if limit < 1 {
          call.error("stack-limit", "\(name)([int limit]): limit must be positive, \(limit) given")
          return .poison
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
            ? .userStack(mode, limit: Int(limit)) : .kernelStack(mode, limit: Int(limit)))
      },
      lower: { call in
        guard case .presented(let presentation) = call.resultType else { return .none }
        let builder = call.builder
        let size = presentation.size
        let header = isUser ? 16 : 8
        let target = call.temporary(name, bytes: size)
        builder.zero(target, bytes: size)
        let addresses = builder.offset(target, by: header)
        let frames = presentation.stackFrames
        let written = builder.emit(.stack(frames, to: addresses, bytes: size - header))
        let bytes = builder.select(
          builder.compare(.greaterSigned, written, .word(0)), written, .word(0))
        builder.store(
          builder.binary(.shiftRight, bytes, .word(frames == .userLocations ? 5 : 3)), to: target)
        if isUser {
          let ids = builder.emit(.helper(.getCurrentPIDTGID, []))
          builder.store(builder.binary(.shiftRight, ids, .word(32)), to: target, at: 8)
        }
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
