internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Functions of a file, or their ends, by breakpoints that one link holds.
struct UprobeMultiMechanism: PatternMechanism {
  let path: String
  let functions: String
  let isReturn: Bool

  func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint] {
    try resolver.binaries(path, process: process).map {
      .uprobeMulti(path: $0, functions: functions, isReturn: isReturn)
    }
  }

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try !targets(process: nil, resolver).isEmpty
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    let places = try resolver.functions(inFile: path, matching: functions).map { function in
      let point = AttachPoint.uprobe(
        path: path, symbol: function.name, offset: 0, isReturn: isReturn)
      return AttachTarget.Place(function.offset, name: point.probeName ?? "")
    }
    if places.isEmpty { return [] }
    return [
      AttachTarget(
        .uprobeMulti(path: path, functions: functions, isReturn: isReturn), places: places,
        process: process)
    ]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    [
      try MultiLink.attach(to: target.places) { places throws(SystemError) in
        try MultiLink.ofUprobes(
          program, path: path, places, isReturn: isReturn, process: target.process)
      }
    ]
  }
}
