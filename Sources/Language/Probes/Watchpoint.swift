import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let watchpoint = ProbeType(
    name: "watchpoint", shortNames: ["w", "aw"], otherNames: ["asyncwatchpoint"],
    summary: "An access to memory at an address.",
    details:
      "Written `watchpoint:ADDRESS:LENGTH:MODE`, as `watchpoint:0x10000000:8:rw`. LENGTH is 1, 2, 4 or 8 bytes, "
      + "of which ADDRESS is a multiple. MODE says which accesses: `r` reads, `w` writes, `x` execution, as far "
      + "as the processor tells them apart; x86-64 has `w`, `rw` and `x`. With `-p` or `-c` the address is the "
      + "process's, else all processes and the kernel are watched. A processor has few watchpoints, mostly "
      + "four. `unwatch` takes one away.",
    isListedByDefault: false, requires: [.watchpoint],
    resolve: { syntax, resolution throws(MachineError) in
      if let wrong = ResolvedProbes.wrongCount(syntax, of: "watchpoint", allowed: 3...3) {
        return wrong
      }
      let targets = syntax.targets
      let (address, length): (UInt64, UInt64)
      do throws(NumberProblem) { address = try number(targets[0]) } catch {
        let isArgument = targets[0].split(separator: "+").last?.hasPrefix("arg") == true
        return .error(
          "watchpoint-address", "Invalid function/address argument: \(error.message)", syntax,
          hints: isArgument ? [argumentHint] : [])
      }
      do throws(NumberProblem) { length = try number(targets[1]) } catch {
        return .error("watchpoint-length", "Invalid length argument: \(error.message)", syntax)
      }
      if address == 0 {
        return .error(
          "watchpoint-address", "watchpoint must be attached to a non-zero address", syntax)
      }
      guard [1, 2, 4, 8].contains(length) else {
        return .error(
          "watchpoint-length", "watchpoint length must be one of (1,2,4,8)", syntax)
      }
      let modes = resolution.architecture.watchpointModes
      guard let access = AttachPoint.Access(mode: targets[2]), modes.contains(access.mode) else {
        return .error(
          "watchpoint-mode", modeProblem(targets[2]), syntax,
          hints: ["supported modes: \(modes.joined(separator: ","))"])
      }
      let place = "0x\(String(address, radix: 16)):\(length):\(access.mode)"
      return ResolvedProbes(probes: [
        ResolvedAttachPoint(
          probeType: "watchpoint", name: "watchpoint:\(place)",
          points: [.watchpoint(address: address, length: length, access)],
          programs: [
            ProbeProgram(
              .perfEvent, label: "perf_event/watchpoint", context: try perfContext(resolution),
              targetFilter: .attachment)
          ], requires: [.watchpoint])
      ])
    }, list: { _ throws(MachineError) in .probes([]) })

  private static let argumentHint =
    "Watchpoints on the arguments of functions ended with bpftrace 0.24; watch an address."

  private struct NumberProblem: Error { let message: String }

  /// A number of C.
  private static func number(_ text: String) throws(NumberProblem) -> UInt64 {
    let lower = text.lowercased()
    let isHexadecimal = lower.hasPrefix("0x")
    let body = isHexadecimal ? lower.dropFirst(2) : lower[...]
    let radix = isHexadecimal ? 16 : lower.hasPrefix("0") ? 8 : 10
    let digits = body.prefix { ($0.hexDigitValue ?? radix) < radix }
    if digits.isEmpty { throw NumberProblem(message: "invalid integer: \(text)") }
    guard digits.count == body.count else {
      throw NumberProblem(message: "invalid trailing bytes: \(text)")
    }
    guard let value = UInt64(digits, radix: radix) else {
      throw NumberProblem(message: "overflow error, maximum value is \(UInt64.max): \(text)")
    }
    return value
  }

  /// What is wrong with a mode that is not supported.
  private static func modeProblem(_ mode: String) -> String {
    if mode.isEmpty || !mode.allSatisfy("rwx".contains) {
      return "watchpoint mode must be combination of (r,w,x)"
    }
    if Set(mode).count < mode.count { return "watchpoint modes may not be duplicated" }
    return "invalid watchpoint mode: \(mode)"
  }
}

extension AttachPoint.Access {
  /// As scripts write it.
  fileprivate var mode: String {
    switch self {
    case .read: "r"
    case .write: "w"
    case .readWrite: "rw"
    case .execute: "x"
    }
  }

  /// From letters in any order; nil if no processor has such a mode.
  fileprivate init?(mode: String) {
    let sorted = String(mode.sorted())
    guard let access = Self.allCases.first(where: { $0.mode == sorted }) else { return nil }
    self = access
  }
}
