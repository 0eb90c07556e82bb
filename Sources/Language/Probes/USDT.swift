import Diagnostics
import MachineView
import ObjectFiles
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let usdt = ProbeType(
    name: "usdt", shortNames: ["U"],
    summary: "A static tracepoint of a program: a place that its authors marked.",
    details:
      "Written `usdt:PATH:NAME` or `usdt:PATH:PROVIDER:NAME`. PATH may be a name in `$PATH`, a library's "
      + "name without its folder, or a library in a ZIP archive as for `uprobe`; `*` means the binaries of "
      + "all processes, or of the one of `-p`, for which it may be left out. All parts may have wildcards. "
      + "`arg0`, `arg1` and so on are the values that the program hands over, extended by their signs; an argument that a place does not have is 0. What a "
      + "tracepoint of several places has at each of them is found out when the program is loaded. "
      + "Tracepoints that a program skips while nobody looks are switched on in every process.",
    isListedByDefault: false, isListedInProcesses: true, requires: [.uprobe], resolve: resolveUSDT,
    list: listUSDT)

  private static func resolveUSDT(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    var targets = syntax.targets
    if targets.count == 1, resolution.targetPID != nil { targets.insert("*", at: 0) }
    guard (2...3).contains(targets.count) else {
      return .error(
        "attach-point-parts", "usdt probe type requires 2 or 3 arguments, found \(targets.count)",
        syntax)
    }
    if targets[0].isEmpty {
      guard resolution.targetPID != nil else {
        return .error(
          "usdt-target",
          "usdt probe must specify at least path or pid to probe. To target all paths/pids set the "
            + "path to '*'.", syntax)
      }
      targets[0] = "*"
    }
    guard let name = targets.last, !name.isEmpty else {
      return .error(
        "usdt-target", "usdt probe must have a target function or wildcard", syntax)
    }
    let provider = targets.count == 3 && !targets[1].isEmpty ? targets[1] : "*"
    return try USDTPlace(path: targets[0], provider: provider, name: name)
      .resolve(syntax, resolution)
  }

  private static func listUSDT(_ query: ListingQuery) throws(MachineError) -> ProbeListing {
    var parts = query.parts
    if parts.count == 1, query.targetPID != nil { parts.insert("*", at: 0) }
    parts = parts.map { $0.isEmpty ? "*" : $0 }
    if parts.isEmpty { parts.append("*") }
    let place = USDTPlace(
      path: parts[0], provider: parts.count > 2 ? parts[1] : "*",
      name: parts.count > 1 ? parts[parts.count - 1] : "*")
    var found: [ListedProbe] = []
    var warnings: [String] = []
    let paths = try query.user.binaries(
      matching: place.path, process: query.targetPID.map { Int32($0) })
    for path in paths {
      let all: [(name: String, probes: [USDTProbe])]
      do throws(MachineError) { all = try place.tracepoints(in: path, query.user) } catch {
        guard case .badObject = error else { throw error }
        warnings.append("\(error)")
        continue
      }
      for (name, probes) in all {
        found.append(
          ListedProbe(
            name: name, arguments: query.wantsArguments ? place.arguments(of: probes) : []))
      }
    }
    return .probes(found, warnings: warnings)
  }
}

/// What stands behind `usdt:`.
private struct USDTPlace {
  let path: String
  let provider: String
  let name: String

  private var hasPathPattern: Bool { path.contains("*") }
  private var isExact: Bool { !provider.contains("*") && !name.contains("*") }

  func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    let programs = try programs(resolution)
    let paths = try resolution.user.binaries(
      matching: path, process: resolution.targetPID.map { Int32($0) })
    if paths.isEmpty, !hasPathPattern, resolution.isForThisMachine {
      guard resolution.missingProbes == .error else {
        return ResolvedProbes(missing: "usdt \(path):\(text)")
      }
      return .error(
        "usdt-target", "usdt target file '\(path)' does not exist or is not executable", syntax)
    }
    var points: [AttachPoint] = []
    for file in hasPathPattern ? paths : Array(paths.prefix(1)) {
      for (_, probes) in try tracepoints(in: file, resolution.user) {
        points.append(.usdt(path: file, provider: probes[0].provider, name: probes[0].name))
      }
    }
    if points.isEmpty, !hasPathPattern, !name.contains("*"), resolution.isForThisMachine {
      return missing(in: try tracepoints(of: paths[0], resolution.user))
    }
    // Another machine may have what this one lacks.
    if points.isEmpty, !resolution.isForThisMachine {
      points = [.usdt(path: path, provider: provider, name: name)]
    }
    var result = ResolvedProbes()
    if !isExact || hasPathPattern || paths.first != path {
      result.pattern = ProbePattern(
        name: "usdt:\(path):\(text)",
        points: [.usdt(path: path, provider: provider, name: name)], programs: programs)
    }
    result.probes = points.map { point in
      ResolvedAttachPoint(
        probeType: "usdt", name: point.probeName ?? text, points: [point], programs: programs,
        requires: [.uprobe])
    }
    return result
  }

  /// Provider and name, where there is one to name.
  private var text: String { provider == "*" ? name : "\(provider):\(name)" }

  private func missing(in probes: [USDTProbe]) -> ResolvedProbes {
    let known = Set(probes.map { provider == "*" ? $0.name : "\($0.provider):\($0.name)" })
    let nearest = NearestName.of(text, among: known.sorted())
    let nothing = probes.isEmpty ? ", which has no static tracepoints at all" : ""
    return ResolvedProbes(
      missing: "usdt \(path):\(text)\(nothing)",
      suggestion: nearest.map { "usdt:\(path):\($0)" })
  }

  private func tracepoints(
    of file: String, _ user: any UserView
  ) throws(MachineError) -> [USDTProbe] {
    do { return try user.usdtProbes(in: file) } catch {
      // A pattern may match files of all kinds.
      if hasPathPattern, case .badObject = error { return [] }
      throw error
    }
  }

  /// The tracepoints of a file that are meant, by their full names, each with its places.
  func tracepoints(
    in file: String, _ user: any UserView
  ) throws(MachineError) -> [(name: String, probes: [USDTProbe])] {
    let providers = NamePattern(provider)
    let names = NamePattern(name)
    var found: [String: [USDTProbe]] = [:]
    for probe in try tracepoints(of: file, user)
    where providers.matches(probe.provider) && names.matches(probe.name) {
      found["usdt:\(file):\(probe.provider):\(probe.name)", default: []].append(probe)
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The types of the arguments, of the place that has most of them.
  func arguments(of probes: [USDTProbe]) -> [String] {
    let texts = probes.map { USDTArgument.operands(of: $0.arguments) }
    let longest = texts.max { $0.count < $1.count } ?? []
    return longest.enumerated().map { number, operand in
      let size = operand.split(separator: "@", maxSplits: 1).first ?? ""
      guard let bytes = Int(size), [1, 2, 4, 8].contains(bytes.magnitude) else {
        return "\(operand) arg\(number)"
      }
      return "\(bytes < 0 ? "int" : "uint")\(bytes.magnitude * 8) arg\(number)"
    }
  }

  /// One link for all places where the kernel has such links, else one for each.
  private func programs(_ resolution: ProbeResolution) throws(MachineError) -> [ProbeProgram] {
    var context = try ProbeType.registerContext(resolution, isReturn: false, space: .user)
    let architecture = resolution.architecture
    context.registers = .sites
    context.function = nil
    context.site = .cookieOrAddress(
      instructionPointer: architecture.offset(ofRegister: architecture.instructionPointer) ?? 0)
    let single = ProbeProgram(
      .kprobe, label: programLabel("usdt", text), context: context,
      targetFilter: .processAttachment)
    var multi = single
    multi.kind = ProgramKind(.kprobe, attachType: .uprobeMulti)
    multi.conditions = [.feature(KernelFeature.uprobeMulti.name, isPresent: true)]
    return [multi, single]
  }
}
