import LinuxSystem
import TraceIR
import TraceModel

extension Function {
  static let signals: [Function] = [
    send("signal", .sendSignal, summary: "Sends a signal to the process."),
    send("signal_thread", .sendSignalThread, summary: "Sends a signal to the thread."),
  ]

  /// The probe types whose probes are about a process that a signal can be for.
  private static let probeTypes: Set = [
    "kprobe", "kretprobe", "uprobe", "uretprobe", "usdt", "tracepoint", "rawtracepoint", "profile",
    "fentry", "fexit",
  ]

  private static func send(_ name: String, _ helper: KernelHelper, summary: String) -> Function {
    Function(
      name: name, family: "The process", signature: Signature([Parameter("signal", .any)]),
      summary: summary, details: "As in `\(name)(\"KILL\")` or `\(name)(9)`.", isUnsafe: true,
      needsProbe: true,
      check: { call in
        if !probeTypes.contains(call.probe.probeType) {
          call.error(
            "signal-probe", "\(name)() can not be used for this probetype \(call.probe.kindName)")
          return .none
        }
        switch call.constant(0) {
        case .string?:
          let text = call.constant(0)?.text ?? ""
          if Signal(named: text) == nil {
            call.error("signal-number", "Invalid string for signal: \(text)", argument: 0)
          }
        case let constant?:
          let number = constant.integer ?? 0
          if !(1...64).contains(number) {
            call.error(
              "signal-number", "\(number) is not a valid signal, allowed range: [1,64]",
              argument: 0)
          }
        case nil:
          if !call.type(0).readable.isInteger {
            call.error(
              "argument-kind",
              "\(name)() only supports int or string literal arguments "
                + "(\(call.type(0).readable.kindText) provided)", argument: 0)
          }
        }
        return .none
      },
      lower: { call in
        let number =
          (call.constant(0)?.text).map { IRValue.word(Int(Signal(named: $0)?.rawValue ?? 0)) }
          ?? call.integer(0)
        let result = call.builder.emit(.helper(helper, [number]))
        call.check(result, helper: helper, isReportedByDefault: true)
        return .none
      })
  }
}
