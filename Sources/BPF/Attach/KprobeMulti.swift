internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Functions of the kernel, or their ends, by one link; both, for a program that was loaded for sessions.
struct KprobeMultiMechanism: AttachMechanism {
  let module: String?
  let functions: String
  let isReturn: Bool

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try !resolver.functions(module: module, matching: functions).isEmpty
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    let places = try resolver.functions(module: module, matching: functions).map { found in
      let point = AttachPoint.kprobe(
        module: module == nil ? nil : found.module, function: found.name, offset: 0,
        isReturn: isReturn)
      return AttachTarget.Place(0, function: found.name, name: point.probeName ?? "")
    }
    if places.isEmpty { return [] }
    return [
      AttachTarget(
        .kprobeMulti(module: module, functions: functions, isReturn: isReturn), places: places)
    ]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try MultiLink.attach(to: target.places, counter: .kprobeMulti) { places throws(SystemError) in
      try MultiLink.ofKprobes(
        program, places, program.attachType == .kprobeSession ? .kprobeSession : .kprobeMulti,
        isReturn: isReturn && program.attachType != .kprobeSession)
    }
  }
}
