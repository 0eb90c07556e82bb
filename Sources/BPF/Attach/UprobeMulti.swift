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
    if isReturn, try resolver.movesStacks(path) { throw .movesStacks(path) }
    let places = try resolver.functions(inFile: path, matching: functions).map { function in
      let point = AttachPoint.uprobe(
        path: path, symbol: function.name, offset: 0, isReturn: isReturn)
      return AttachTarget.Place(function.offset, name: point.probeName ?? "")
    }
    return stride(from: 0, to: places.count, by: Self.placesOfLink).map { start in
      AttachTarget(
        .uprobeMulti(path: path, functions: functions, isReturn: isReturn),
        places: Array(places[start..<min(start + Self.placesOfLink, places.count)]),
        process: process)
    }
  }

  /// How many places one link has at most. Making it cannot be interrupted.
  private static let placesOfLink = 2000

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try program.attach(
      toCodeOf: path, target.places, isReturn: isReturn, process: target.process, probe: probe)
  }
}
