internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Static tracepoints of files, by breakpoints, all places of each of them.
///
/// The kernel itself counts in a program's memory who looks at a tracepoint, in every process that maps the
/// file by then or later, and takes that back in the end.
struct USDTMechanism: PatternMechanism {
  let path: String
  let provider: String
  let name: String

  func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint] {
    let files = try resolver.binaries(path, process: process)
    let points = files.map { AttachPoint.usdt(path: $0, provider: provider, name: name) }
    if points.count <= 1 { return points }
    // Of many files those are meant that have such tracepoints.
    var found: [AttachPoint] = []
    for point in points where try point.exists(resolver) { found.append(point) }
    return found
  }

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do { return try !targets(process: nil, resolver).isEmpty } catch {
      switch error {
      case .noSuchFile, .badFile: return false
      default: throw error
      }
    }
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    let sites = try resolver.staticTracepoints(inFile: path, provider: provider, name: name)
    if sites.isEmpty { return [] }
    var places: [AttachTarget.Place] = []
    for site in sites {
      let point = AttachPoint.usdt(path: path, provider: site.provider, name: site.name)
      var place = AttachTarget.Place(site.offset, name: point.probeName ?? "")
      place.counter = site.counter
      place.arguments = site.arguments
      place.isFurther = places.last?.name == place.name
      places.append(place)
    }
    return [
      AttachTarget(
        .usdt(path: path, provider: provider, name: name), places: places, process: process)
    ]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try program.attach(
      toCodeOf: path, target.places, isReturn: false, process: target.process, probe: probe)
  }
}
