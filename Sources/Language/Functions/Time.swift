import TraceIR
import TraceModel

extension Function {
  private static let family = "Time"

  static let clocks: [Function] = [nsecs, elapsed, jiffies, strftime]

  static let nsecs = Function(
    name: "nsecs", family: family,
    signature: Signature([Parameter("clock", .word, optional: true)]), isBuiltin: true,
    summary: "Nanoseconds since boot, time asleep included.",
    details: "`nsecs(monotonic)` leaves time asleep out; `nsecs(tai)` and `nsecs(sw_tai)` count "
      + "atomic time, the latter measured once when the command starts.",
    examples: [
      CatalogExample(
        "begin { $start = nsecs; print(nsecs >= $start); }",
        prints: "true")
    ],
    check: { call in
      let known = ["boot", "monotonic", "tai", "sw_tai"]
      if call.argumentCount > 0, !known.contains(call.word(0) ?? "") {
        call.error(
          "timestamp-mode", "Invalid timestamp mode: \(call.word(0) ?? "")", argument: 0)
      }
      switch call.argumentCount > 0 ? call.word(0) : nil {
      case "monotonic": call.note(.monotonic)
      case "tai", "sw_tai": call.note(.tai)
      default: call.note(.boot)
      }
      return .uint64
    },
    lower: { call in
      let builder = call.builder
      switch call.argumentCount > 0 ? call.word(0) : nil {
      case "monotonic": return .scalar(builder.emit(.helper(.ktimeGetNS, [])))
      case "tai":
        call.require(.taiClock)
        return .scalar(builder.emit(.helper(.ktimeGetTAINS, [])))
      case "sw_tai":
        return .scalar(
          builder.add(
            builder.emit(.helper(.ktimeGetBootNS, [])),
            call.loadTimeInteger(.taiOffset, default: 0)))
      default: return .scalar(builder.emit(.helper(.ktimeGetBootNS, [])))
      }
    })

  static let elapsed = word(
    "elapsed", family: family, summary: "Nanoseconds since the command started tracing."
  ) {
    $0.builder.binary(
      .sub, $0.builder.emit(.helper(.ktimeGetBootNS, [])),
      $0.loadTimeInteger(.startTime, default: 0))
  }

  static let jiffies = word(
    "jiffies", family: family, summary: "The kernel's count of timer ticks."
  ) { $0.builder.emit(.helper(.jiffies64, [])) }

  static let strftime = Function(
    name: "strftime", family: family,
    signature: Signature([Parameter("format", .stringLiteral), Parameter("timestamp", .integer)]),
    summary: "A timestamp, formatted as strftime(3) would.",
    details: "`timestamp` is in nanoseconds, as `nsecs`, `nsecs(tai)` or `nsecs(sw_tai)` returned "
      + "it; what none of them returned counts from boot. `%f` gives microseconds, `%l` "
      + "milliseconds, `%k` nanoseconds.",
    check: { call in
      if let value = call.constant(1)?.bits, value < 0 {
        call.error("strftime-time", "strftime() does not accept negative timestamps")
      }
      switch call.clock(1) {
      case .clock(let clock):
        if let clock = clock.timestamp { return .presented(.timestamp(clock)) }
        call.error("strftime-clock", "strftime() can not take a monotonic timestamp")
      case .several:
        call.error(
          "strftime-clock", "strftime() can not tell which clock this timestamp is of", argument: 1)
      case .unknown, .elements: break
      }
      return .presented(.timestamp(.boot))
    },
    lower: { call in
      let target = call.temporary("strftime", bytes: 16)
      call.builder.store(call.integer(1), to: target)
      call.builder.store(.word(call.string(call.constant(0)?.text ?? "")), to: target, at: 8)
      return .memory(target)
    })
}
