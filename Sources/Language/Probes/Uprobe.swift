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
      "Written `uprobe:PATH:FUNCTION[+OFFSET]`, or `uprobe:PATH:ADDRESS` with an address as `nm` prints it, or "
      + "`uprobe:PATH@FILE:LINE[:COLUMN]` where the binary has debug information (DWARF), which has `args` "
      + "have the function's parameters, too. "
      + "PATH may be a name in `$PATH`, a library's name without its folder, or a library that is stored in "
      + "a ZIP archive, as in `/data/app.apk!/lib/x86_64/libapp.so`. PATH and FUNCTION may "
      + "have wildcards, as in `uprobe:libc:mem*`; they are looked up when the program is loaded. "
      + "`uprobe:PATH:cpp:NAME` compares with names as programmers write them: `cpp:\"Foo::fun(int)\"` "
      + "is one function, `cpp:\"Foo::fun\"` all that are called so. A function that only chooses "
      + "the real one when a program is linked, as libc's `memcmp` does, stands for the one that it chooses on this machine; where "
      + "that is not known, because the library is not one that bpftrace itself uses, the probe fires for the choice alone, and draws a "
      + "warning.",
    isListedByDefault: false, isListedInProcesses: true, requires: [.uprobe],
    resolve: { syntax, resolution in
      resolveUprobe(syntax, resolution, type: "uprobe", isReturn: false)
    }, list: { query throws(MachineError) in try listUprobes(query, type: "uprobe") })

  static let uretprobe = ProbeType(
    name: "uretprobe", shortNames: ["ur"], summary: "The return of a function in user space.",
    details:
      "Written `uretprobe:PATH:FUNCTION`. `retval` is what it returns. Programs written in Go would crash, "
      + "because they move their stacks: there, probe the instructions by which the function returns.",
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
    if targets.count >= 2, targets[targets.count - 2] == readableWord {
      let name = UserFunctionName(readable: targets.removeLast())
      targets[targets.count - 1] = name.text
    }
    if targets.count == 1, let pid = resolution.targetPID {
      targets.insert("/proc/\(pid)/exe", at: 0)
    }
    guard targets.count == 2 else {
      return .error(
        "attach-point-parts",
        "\(type) probe type requires 2 or 3 arguments, found \(targets.count)",
        syntax)
    }
    let isReadable = UserFunctionName(targets[1]).isReadable
    // Operators of C++ have names with a `+`.
    guard let target = isReadable ? FunctionTarget(named: targets[1]) : FunctionTarget(targets[1])
    else { return .error("offset", "Invalid offset: \(targets[1])", syntax) }
    let isOffset = target.name.first?.isNumber == true
    let offset = isOffset ? FunctionTarget.number(target.name) : target.offset
    guard let offset else { return .error("offset", "Invalid offset: \(targets[1])", syntax) }
    let place = UprobePlace(
      type: type, isReturn: isReturn, path: targets[0], symbol: isOffset ? nil : target.name,
      offset: offset, text: isOffset ? "\(offset)" : targets[1])
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
    if parts.count == 1, process != nil, !parts[0].contains("/") { parts.insert("*", at: 0) }
    while parts.count < 2 { parts.append("*") }
    let isReadable = parts.count > 2 && parts[1] == readableWord
    let wanted = UserFunctionPattern(
      isReadable ? UserFunctionName(readable: parts[2]) : UserFunctionName(parts[1]))
    var probes: [String: ListedProbe] = [:]
    var warnings: [String] = []
    for path in try query.user.binaries(matching: parts[0], process: process) {
      let functions: [ObjectFiles.ObjectSymbol]
      do throws(MachineError) {
        functions = try query.user.functions(in: path, matching: wanted)
      } catch {
        // A pattern may match files of all kinds.
        guard case .badObject = error else { throw error }
        if !parts[0].contains("*") { warnings.append("\(error)") }
        continue
      }
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
        let written = isReadable ? listedName(function.name) : function.name
        let name = "\(type):\(path):\(written)"
        let declarations = arguments?.declarations(ofFunctionAt: function.address) ?? []
        if probes[name]?.arguments.isEmpty ?? true {
          probes[name] = ListedProbe(name: name, arguments: declarations)
        }
      }
    }
    return .probes(Array(probes.values), warnings: warnings)
  }

  /// What stands before a function's name as the programmer wrote it.
  private static let readableWord = "cpp"

  /// A function as it can be written behind the path.
  private static func listedName(_ symbol: String) -> String {
    "\(readableWord):\"\(Demangler.demangle(symbol) ?? symbol)\""
  }
}

extension UserView {
  /// The functions of a binary that a name in an attach point means.
  fileprivate func functions(
    in path: String, matching wanted: UserFunctionPattern
  ) throws(MachineError) -> [ObjectFiles.ObjectSymbol] {
    if !wanted.name.isPattern {
      return try functions(in: path, matching: NamePattern(wanted.name.name))
    }
    return try functions(in: path, matching: .any).filter { wanted.matches($0.name) }
  }
}

/// What stands behind `uprobe:` or `uretprobe:`.
private struct UprobePlace {
  let type: String
  let isReturn: Bool
  let path: String
  /// A name or pattern; nil for an address.
  let symbol: String?
  let offset: UInt64
  /// Function and offset as written.
  let text: String

  var hasFunctionPattern: Bool { symbol.map { UserFunctionName($0).isPattern } ?? false }
  private var hasPathPattern: Bool { path.contains("*") }
  /// Whether nothing need match.
  private var hasWildcard: Bool { hasPathPattern || symbol?.contains("*") == true }

  func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    let context = try ProbeType.registerContext(resolution, isReturn: isReturn, space: .user)
    if let option = resolution.options.first(where: { $0.name == path }),
      option.declaration?.kind == .path
    {
      return inBinary(of: option, syntax, context)
    }
    let paths = try resolution.user.binaries(
      matching: path, process: resolution.targetPID.map { Int32($0) })
    if paths.isEmpty, !hasPathPattern, resolution.isForThisMachine {
      guard resolution.missingProbes == .error else {
        return ResolvedProbes(missing: "\(type) \(path):\(text)")
      }
      return .error(
        "uprobe-target", "uprobe target file '\(path)' does not exist or is not executable", syntax)
    }
    if let refusal = try refusalOfReturns(paths, syntax, resolution) { return refusal }
    var points: [AttachPoint] = []
    for file in hasPathPattern ? paths : Array(paths.prefix(1)) {
      for name in try names(in: file, resolution) { points.append(point(file, name)) }
    }
    if points.isEmpty, !hasWildcard, resolution.isForThisMachine {
      return try missing(in: paths.first ?? path, resolution)
    }
    // Another machine may have what this one lacks.
    if points.isEmpty, !resolution.isForThisMachine { points = [point(path, symbol)] }
    var result = ResolvedProbes()
    if hasPathPattern || hasFunctionPattern || paths.first != path {
      result.pattern = pattern(context)
    }
    result.diagnostics = try warnings(points, syntax, resolution)
    result.probes = points.map { point in
      ResolvedAttachPoint(
        probeType: type, name: name(of: point), points: [point],
        programs: [program(context)], requires: [.uprobe])
    }
    try DebugArguments.describe(&result, resolution)
    return result
  }

  /// The function in the binary that an option names, which is known when the program is loaded.
  private func inBinary(
    of option: ScriptOption, _ syntax: AttachPointSyntax, _ context: ContextShape
  ) -> ResolvedProbes {
    guard let symbol, offset == 0, !hasFunctionPattern else {
      return .error(
        "option-binary", "The binary of option '\(option.name)' goes with the name of one function",
        syntax)
    }
    let point = AttachPoint.uprobeInOption(option.name, function: symbol, isReturn: isReturn)
    let name = "\(type):\(path):\(text)"
    var result = ResolvedProbes()
    result.pattern = ProbePattern(name: name, points: [point], programs: [program(context)])
    result.probes = [
      ResolvedAttachPoint(
        probeType: type, name: name, points: [point], programs: [program(context)],
        requires: [.uprobe])
    ]
    return result
  }

  /// The functions of a file that are meant; nil for an address.
  private func names(
    in file: String, _ resolution: ProbeResolution
  ) throws(MachineError) -> [String?] {
    guard let symbol else { return [nil] }
    if !hasFunctionPattern, !hasPathPattern, resolution.allowsUnsafe { return [symbol] }
    let wanted = UserFunctionPattern(UserFunctionName(symbol))
    do {
      let found = try resolution.user.functions(in: file, matching: wanted)
      var names = Set(found.map(\.name)).sorted()
      if wanted.name.isReadable {
        // The symbols of a constructor are several names for one function to those who read it.
        let addresses = Dictionary(found.map { ($0.name, $0.address) }) { first, _ in first }
        var seen: Set<UInt64> = []
        names = names.filter { seen.insert(addresses[$0] ?? 0).inserted }
      }
      return names.map(wanted.name.symbol)
    } catch {
      // A pattern may match files of all kinds.
      if hasPathPattern, case .badObject = error { return [] }
      throw error
    }
  }

  /// What to say of a function that a file does not have.
  private func missing(
    in file: String, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    let wanted = UserFunctionName(symbol ?? text)
    let all = try resolution.user.functions(in: file, matching: .any).map(\.name)
    let hasParameters = wanted.name.contains("(")
    let known =
      wanted.isReadable
      ? all.compactMap { Demangler.demangle($0, withParameters: hasParameters) } : all
    let nearest = NearestName.of(wanted.name, among: known)
    var missing = ResolvedProbes(
      missing: "\(type) \(file):\(wanted.text)",
      suggestion: nearest.map { name in
        "\(type):\(file):" + (wanted.isReadable ? wanted.symbol("\"\(name)\"") : name)
      })
    if symbol != nil {
      missing.explanation = try SourceLinePlace.inlinedEverywhere(
        wanted.name, in: file, resolution.user)
    }
    return missing
  }

  /// Why returns cannot be probed in a file, and what can be instead; nil if they can.
  private func refusalOfReturns(
    _ paths: [String], _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes? {
    guard isReturn, !hasPathPattern, !resolution.allowsUnsafe, resolution.isForThisMachine,
      let file = paths.first
    else { return nil }
    let object = try resolution.user.object(at: file)
    guard object.isOfGo else { return nil }
    var returns: [UInt64]?
    do throws(ObjectFileError) {
      if let symbol, let function = try object.symbols().symbol(named: symbol) {
        returns = try object.returns(of: function)
      }
    } catch { throw .badObject(error, path: file) }
    let places = (returns ?? []).map { "uprobe:\(file):\(symbol ?? "")+\($0)" }
    var refusal = ResolvedProbes.error(
      "go-return",
      "A uretprobe would crash '\(file)', because programs written in Go move their stacks", syntax)
    refusal.diagnostics[0].hints = [
      places.isEmpty
        ? "Probe the instructions by which the function returns, as in uprobe:\(file):FUNCTION+OFFSET."
        : "Probe the instructions by which it returns: \(places.joined(separator: ","))"
    ]
    return refusal
  }

  /// Warns of functions of which only the choice of another can be probed, or of one that is not always called.
  private func warnings(
    _ points: [AttachPoint], _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> [Diagnostic] {
    guard !hasPathPattern, resolution.isForThisMachine,
      case .uprobe(let file, _?, 0, _)? = points.first
    else { return [] }
    let names = points.compactMap { point in
      if case .uprobe(_, let function?, _, _) = point {
        UserFunctionName(function).name
      } else {
        nil
      }
    }
    let functions: [(name: String, symbol: ObjectFiles.ObjectSymbol)]
    let object = try resolution.user.object(at: file)
    do throws(ObjectFileError) {
      let symbols = try object.symbols()
      functions =
        hasWildcard
        ? symbols.functions(where: Set(names).contains).map { ($0.name, $0) }
        : names.prefix(1).compactMap { name in symbols.symbol(named: name).map { (name, $0) } }
    } catch { throw .badObject(error, path: file) }
    if !hasWildcard, let (name, symbol) = functions.first, symbol.kind != .indirectFunction {
      let inlined = try SourceLinePlace.inlinedElsewhere(
        name, at: symbol.address, in: file, resolution.user)
      return inlined.map { [.warning("inlined-calls", $0, at: syntax.range)] } ?? []
    }
    var choosing: [(name: String, cause: String)] = []
    for (name, symbol) in functions where symbol.kind == .indirectFunction {
      switch try resolution.user.implementation(of: name, in: file) {
      case .address: break
      case .ofKernel:
        choosing.append((name, "that is one of the kernel's own (vdso), where no uprobe can be"))
      case nil: choosing.append((name, "which that is cannot be told from '\(file)'"))
      }
    }
    guard let text = Self.warning(of: choosing, matching: text) else { return [] }
    return [.warning("indirect-function", text, at: syntax.range)]
  }

  /// Says that only the choices of these functions can be probed; nil if there are none.
  private static func warning(
    of functions: [(name: String, cause: String)], matching pattern: String
  ) -> String? {
    guard let last = functions.last else { return nil }
    if functions.count == 1 {
      return
        "'\(last.name)' only chooses the function that is called instead of it (IFUNC), once for each "
        + "program, and \(last.cause). The probe does not fire for calls."
    }
    let names = functions.map { "'\($0.name)'" }
    let listed =
      names.count < 5
      ? names.dropLast().joined(separator: ", ") + " and '\(last.name)'"
      : names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
    return
      "\(pattern) matches functions of which only the choice of another one (IFUNC) can be probed, "
      + "once for each program: \(listed). The probe does not fire for their calls."
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
