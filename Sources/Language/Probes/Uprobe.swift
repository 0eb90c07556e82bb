import Diagnostics
import MachineView
import ObjectFiles
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let uprobe = ProbeType(
    name: "uprobe", shortNames: ["u"], summary: "The entry of a function in user space.",
    details:
      "Written `uprobe:PATH:FUNCTION[+OFFSET]`, or `uprobe:PATH:OFFSET` with an offset in the file, or "
      + "`uprobe:PATH@FILE:LINE[:COLUMN]` where the binary has debug information (DWARF), which has `args` "
      + "have the function's parameters, too. "
      + "PATH may be a name in `$PATH` or a library's name without its folder. PATH and FUNCTION may "
      + "have wildcards, as in `uprobe:libc:mem*`; they are looked up when the program is loaded.",
    isListedByDefault: false, requires: [.uprobe],
    resolve: { syntax, resolution in
      resolveUprobe(syntax, resolution, type: "uprobe", isReturn: false)
    }, list: { query throws(MachineError) in try listUprobes(query, type: "uprobe") })

  static let uretprobe = ProbeType(
    name: "uretprobe", shortNames: ["ur"], summary: "The return of a function in user space.",
    details:
      "Written `uretprobe:PATH:FUNCTION`. `retval` is what it returns. Unsafe for programs that move their stacks, as Go's do.",
    isListedByDefault: false, requires: [.uprobe],
    resolve: { syntax, resolution in
      resolveUprobe(syntax, resolution, type: "uretprobe", isReturn: true)
    }, list: { query throws(MachineError) in try listUprobes(query, type: "uretprobe") })

  private static func resolveUprobe(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) -> ResolvedProbes {
    if syntax.parts.contains(.at) {
      return resolveSourceLine(syntax, resolution, type: type, isReturn: isReturn)
    }
    var targets = syntax.targets
    if targets.count == 1, let pid = resolution.targetPID {
      targets.insert("/proc/\(pid)/exe", at: 0)
    }
    guard targets.count == 2 else {
      return .error(
        "attach-point-parts",
        "\(type) probe type requires 2 or 3 arguments, found \(targets.count)",
        syntax)
    }
    guard let target = FunctionTarget(targets[1]) else {
      return .error("offset", "Invalid offset: \(targets[1])", syntax)
    }
    let isOffset = target.name.first?.isNumber == true
    let offset = isOffset ? FunctionTarget.number(target.name) : target.offset
    guard let offset else { return .error("offset", "Invalid offset: \(targets[1])", syntax) }
    let place = UprobePlace(
      type: type, isReturn: isReturn, path: targets[0], symbol: isOffset ? nil : target.name,
      offset: offset, text: targets[1])
    if target.offset != 0, isReturn || place.hasFunctionPattern {
      return .error("offset", "Offset not allowed", syntax)
    }
    do throws(MachineError) { return try place.resolve(syntax, resolution) } catch {
      return .error("machine", "\(error)", syntax)
    }
  }

  private static func resolveSourceLine(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) -> ResolvedProbes {
    if isReturn { return .error("source-line", "Source code location not allowed", syntax) }
    guard let place = SourceLinePlace(syntax) else {
      return .error(
        "source-line",
        "Invalid uprobe arguments, expected format: uprobe:TARGET@FILE:LINE[:COL]", syntax)
    }
    do throws(MachineError) {
      let context = try registerContext(resolution, isReturn: false, space: .user)
      var result = try place.resolve(
        syntax, resolution, type: type,
        program: ProbeProgram(
          .kprobe, label: programLabel(type, "line"), context: context,
          targetFilter: .processAttachment))
      try DebugArguments.describe(&result, resolution)
      return result
    } catch { return .error("machine", "\(error)", syntax) }
  }

  private static func listUprobes(
    _ query: ListingQuery, type: String
  ) throws(MachineError) -> ProbeListing {
    let process = query.targetPID.map { Int32($0) }
    var parts = query.parts.map { $0.isEmpty ? "*" : $0 }
    while parts.count < 2 { parts.append("*") }
    let pattern = NamePattern(parts[1])
    var probes: [String: ListedProbe] = [:]
    var warnings: [String] = []
    for path in try query.user.binaries(matching: parts[0], process: process) {
      let functions = try query.user.functions(in: path, matching: pattern)
      var arguments: DebugArguments?
      if query.wantsArguments, type == uprobe.name, !functions.isEmpty {
        arguments = try DebugArguments(
          of: path, at: functions.map(\.address), user: query.user, types: query.types,
          architecture: query.architecture)
        if arguments == nil {
          warnings.append("No DWARF found for \"\(path)\", cannot show parameter info")
        }
      }
      for function in functions {
        let name = "\(type):\(path):\(function.name)"
        let declarations = arguments?.declarations(ofFunctionAt: function.address) ?? []
        if probes[name]?.arguments.isEmpty ?? true {
          probes[name] = ListedProbe(name: name, arguments: declarations)
        }
      }
    }
    return .probes(Array(probes.values), warnings: warnings)
  }
}

/// What stands behind `uprobe:` or `uretprobe:`.
private struct UprobePlace {
  let type: String
  let isReturn: Bool
  let path: String
  /// A name or pattern; nil for an offset in the file.
  let symbol: String?
  let offset: UInt64
  /// Function and offset as written.
  let text: String

  var hasFunctionPattern: Bool { symbol?.contains("*") == true }
  private var hasPathPattern: Bool { path.contains("*") }

  func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    let context = try ProbeType.registerContext(resolution, isReturn: isReturn, space: .user)
    let paths = try resolution.user.binaries(
      matching: path, process: resolution.targetPID.map { Int32($0) })
    if paths.isEmpty, !hasPathPattern, resolution.isForThisMachine {
      guard resolution.missingProbes == .error else {
        return ResolvedProbes(missing: "\(type) \(path):\(text)")
      }
      return .error(
        "uprobe-target", "uprobe target file '\(path)' does not exist or is not executable", syntax)
    }
    var points: [AttachPoint] = []
    for file in hasPathPattern ? paths : Array(paths.prefix(1)) {
      for name in try names(in: file, resolution) { points.append(point(file, name)) }
    }
    if points.isEmpty, !hasPathPattern, !hasFunctionPattern, resolution.isForThisMachine {
      let file = paths.first ?? path
      let all = try resolution.user.functions(in: file, matching: .any)
      let nearest = NearestName.of(symbol ?? text, among: all.lazy.map(\.name))
      var missing = ResolvedProbes(
        missing: "\(type) \(file):\(symbol ?? text)",
        suggestion: nearest.map { "\(type):\(file):\($0)" })
      if let symbol, paths.first != nil {
        missing.explanation = try SourceLinePlace.inlinedEverywhere(
          symbol, in: file, resolution.user)
      }
      return missing
    }
    // Another machine may have what this one lacks.
    if points.isEmpty, !resolution.isForThisMachine { points = [point(path, symbol)] }
    var result = ResolvedProbes()
    if hasPathPattern || hasFunctionPattern || paths.first != path {
      result.pattern = pattern(context)
    }
    result.probes = points.map { point in
      ResolvedAttachPoint(
        probeType: type, name: name(of: point), points: [point],
        programs: [program(context)], requires: [.uprobe])
    }
    try DebugArguments.describe(&result, resolution)
    return result
  }

  /// The functions of a file that are meant; nil for an offset.
  private func names(
    in file: String, _ resolution: ProbeResolution
  ) throws(MachineError) -> [String?] {
    guard let symbol else { return [nil] }
    if !hasFunctionPattern, !hasPathPattern, resolution.allowsUnsafe { return [symbol] }
    do {
      let found = try resolution.user.functions(in: file, matching: NamePattern(symbol))
      return Set(found.map(\.name)).sorted()
    } catch {
      // A pattern may match files of all kinds.
      if hasPathPattern, case .badObject = error { return [] }
      throw error
    }
  }

  private func point(_ file: String, _ function: String?) -> AttachPoint {
    .uprobe(path: file, symbol: function, offset: offset, isReturn: isReturn)
  }

  private func name(of point: AttachPoint) -> String {
    guard case .uprobe(let file, let function, _, _) = point else { return text }
    return "\(type):\(file):\(hasFunctionPattern ? function ?? text : text)"
  }

  private func pattern(_ context: ContextShape) -> ProbePattern {
    var programs = [program(context)]
    if hasFunctionPattern, let symbol {
      var multi = program(context)
      multi.kind = ProgramKind(.kprobe, attachType: .uprobeMulti)
      multi.conditions = [.feature(KernelFeature.uprobeMulti.name, isPresent: true)]
      multi.points = [.uprobeMulti(path: path, functions: symbol, isReturn: isReturn)]
      multi.cookieFeature = nil
      programs.insert(multi, at: 0)
    }
    return ProbePattern(
      name: "\(type):\(path):\(text)", points: [point(path, symbol)], programs: programs)
  }

  private func program(_ context: ContextShape) -> ProbeProgram {
    ProbeProgram(
      .kprobe, label: programLabel(type, symbol ?? text), context: context,
      targetFilter: .processAttachment)
  }
}
