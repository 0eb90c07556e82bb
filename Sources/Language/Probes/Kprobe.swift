import BTF
import Diagnostics
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let kprobe = ProbeType(
    name: "kprobe", shortNames: ["k"], summary: "The entry of a kernel function.",
    details:
      "Written `kprobe:[MODULE:]FUNCTION[+OFFSET]`. `arg0`, `arg1`, ... are the argument registers. Copies that the compiler made of "
      + "a function (`f.isra.0`, `f.constprop.0`) are probed with it; they may have fewer arguments. A part that it calls "
      + "itself (`f.part.0`) is probed only where there is nothing else, since calls would count twice.",
    isListedByDefault: true, requires: [.kprobe], point: { kprobePoint($0, isReturn: false) },
    resolve: { syntax, resolution throws(MachineError) in
      try resolveKprobe(syntax, resolution, type: "kprobe", isReturn: false)
    },
    list: { query throws(MachineError) in
      try listKprobes(query, type: "kprobe", isReturn: false)
    })

  static let kretprobe = ProbeType(
    name: "kretprobe", shortNames: ["kr"], summary: "The return of a kernel function.",
    details: "Written `kretprobe:[MODULE:]FUNCTION`. `retval` is what it returns.",
    isListedByDefault: false, requires: [.kprobe], point: { kprobePoint($0, isReturn: true) },
    resolve: { syntax, resolution throws(MachineError) in
      try resolveKprobe(syntax, resolution, type: "kretprobe", isReturn: true)
    },
    list: { query throws(MachineError) in
      try listKprobes(query, type: "kretprobe", isReturn: true)
    })

  /// What programs at an instruction are started with.
  static func registerContext(
    _ resolution: ProbeResolution, isReturn: Bool, space: AddressSpace
  ) throws(MachineError) -> ContextShape {
    let architecture = resolution.architecture
    let registers =
      try resolution.types.named("pt_regs", keyword: "struct", space: .kernel) ?? .void
    let arguments = architecture.argumentRegisters.indices.compactMap {
      architecture.offset(ofArgument: $0)
    }
    var result: ContextField?
    if isReturn, let offset = architecture.offset(ofRegister: architecture.returnRegister) {
      result = ContextField(
        name: "retval", type: .uint64, access: .load(offset: offset), declaration: "retval")
    }
    let isUser = space == .user
    var function: ContextShape.FunctionSource?
    if isReturn {
      function = .helper(isUser: isUser)
    } else if let offset = architecture.offset(ofRegister: architecture.instructionPointer) {
      function = .instructionPointer(offset: offset, isUser: isUser)
    }
    return ContextShape(
      registers: .registers(arguments: arguments, architecture: architecture.name),
      savedRegisters: architecture, returnValue: result,
      contextType: .pointer(to: registers, .kernel), space: space,
      function: function)
  }

  /// From `[FUNCTION]` or `[MODULE, FUNCTION]`.
  private static func kprobePoint(_ targets: [String], isReturn: Bool) -> AttachPoint? {
    guard (1...2).contains(targets.count), let target = FunctionTarget(targets[targets.count - 1])
    else { return nil }
    return .kprobe(
      module: targets.count == 2 ? targets[0] : nil, function: target.name, offset: target.offset,
      isReturn: isReturn)
  }

  private static func resolveKprobe(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) throws(MachineError) -> ResolvedProbes {
    if let wrong = ResolvedProbes.wrongCount(syntax, of: type, allowed: 1...2) { return wrong }
    let targets = syntax.targets
    let module = targets.count == 2 ? targets[0] : nil
    let target = FunctionTarget(targets[targets.count - 1])
    guard let target else {
      let offset = targets[targets.count - 1].split(separator: "+").last ?? ""
      return .error("offset", "Invalid offset: invalid integer: \(offset)", syntax)
    }
    if isReturn, target.offset != 0 {
      return .error("offset", "Offset not allowed", syntax)
    }
    if target.name.isEmpty {
      return .error("function-name", "\(type) has no function name", syntax)
    }
    if target.name.first?.isNumber == true { return try address(target.name, syntax, resolution) }
    do throws(MachineError) {
      let context = try registerContext(resolution, isReturn: isReturn, space: .kernel)
      let program = ProbeProgram(
        .kprobe, label: programLabel(type, target.name), context: context,
        targetFilter: .predicate)
      func made(_ function: String, module: String?) -> ResolvedAttachPoint {
        let point = AttachPoint.kprobe(
          module: module, function: function, offset: target.offset, isReturn: isReturn)
        return ResolvedAttachPoint(
          probeType: type, name: point.probeName ?? type, points: [point], programs: [program],
          requires: [.kprobe])
      }
      let pattern = NamePattern(target.name)
      let modulePattern = NamePattern(module ?? "*")
      let found = try resolution.kernel.functions(module: modulePattern, name: pattern).functions
      if pattern.isExact, modulePattern.isExact || module == nil {
        let hasCopies =
          target.offset == 0
          ? try hasCopies(of: target.name, among: found, modulePattern, resolution.kernel) : false
        if found.isEmpty, !hasCopies, !resolution.allowsUnsafe {
          let written = module.map { "\($0):" } ?? ""
          let all = try resolution.kernel.functions(module: modulePattern, name: .any).functions
          let nearest = NearestName.of(target.name, among: all.lazy.map(\.name))
          var missing = ResolvedProbes(
            missing: "\(type) \(written)\(target.name)",
            suggestion: nearest.map { "\(type):\(written)\($0)" })
          missing.explanation = try UnseenFunction.explanation(
            target.name, module: module, resolution.kernel)
          return missing
        }
        var probe = made(target.name, module: module)
        // A trampoline would be at the function alone.
        if found.count == 1, target.offset == 0, !hasCopies {
          probe.fallbacks = try trampolines(
            insteadOf: found[0], isReturn: isReturn, resolution)
        }
        return ResolvedProbes(
          probes: [probe],
          diagnostics: try KernelInlining.warnings(
            target.name, module: module, syntax, resolution))
      }
      if target.offset != 0 { return .error("offset", "Offset not allowed", syntax) }
      var probes = found.map { made($0.name, module: module == nil ? nil : $0.module) }
      // Another kernel may have what this one lacks.
      if probes.isEmpty, !resolution.isForThisMachine {
        probes = [made(target.name, module: module)]
      }
      var multi = program
      multi.kind = ProgramKind(.kprobe, attachType: .kprobeMulti)
      multi.conditions = [.feature(KernelFeature.kprobeMulti.name, isPresent: true)]
      multi.points = [
        .kprobeMulti(module: module, functions: target.name, isReturn: isReturn)
      ]
      // There is no breakpoint, so where the instruction pointer points to is another matter.
      multi.context.function = .helper(isUser: false)
      multi.cookieFeature = nil
      var session = multi
      session.kind = ProgramKind(.kprobe, attachType: .kprobeSession)
      let written = AttachPoint.kprobe(
        module: module, function: target.name, offset: 0, isReturn: isReturn)
      return ResolvedProbes(
        probes: probes,
        pattern: ProbePattern(
          name: written.probeName ?? type, points: [written], programs: [multi, program],
          session: ProbeSession(
            functions: .kprobeMulti(module: module, functions: target.name, isReturn: false),
            isReturn: isReturn, program: session)))
    } catch {
      return .error("machine", "\(error)", syntax)
    }
  }

  /// Whether a probe of a function is not on that alone, because compilers made copies of it.
  ///
  /// - Parameter functions: Those of the kernel that have the name itself.
  static func hasCopies(
    of name: String, among functions: [KernelFunction], _ module: NamePattern,
    _ kernel: any KernelView
  ) throws(MachineError) -> Bool {
    let similar = try kernel.functions(
      module: module, name: NamePattern(FunctionClone.pattern(of: name)))
    let sites = FunctionClone.sites(
      of: name, among: (functions + similar.functions).map(\.name))
    return sites.contains { $0 != name }
  }

  private static func address(
    _ text: String, _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedProbes {
    guard let address = FunctionTarget.number(text) else {
      return .error("address", "Invalid address: \(text)", syntax)
    }
    guard resolution.allowsUnsafe else {
      return .error("unsafe-address", "Probing by address requires --unsafe", syntax)
    }
    return ResolvedProbes(
      probes: [
        ResolvedAttachPoint(
          probeType: "kprobe", name: "kprobe:\(text)", points: [.kprobeAddress(address)],
          programs: [
            ProbeProgram(
              .kprobe, label: "kprobe/address",
              context: try registerContext(resolution, isReturn: false, space: .kernel),
              targetFilter: .predicate)
          ], requires: [.kprobe])
      ], binding: "a probe is at an address of this kernel")
  }

  private static func listKprobes(
    _ query: ListingQuery, type: String, isReturn: Bool
  ) throws(MachineError) -> ProbeListing {
    let parts = query.parts.map { $0.isEmpty ? "*" : $0 }
    let name = NamePattern(parts.last ?? "*")
    let module = parts.count < 2 ? NamePattern.any : NamePattern(parts[0])
    if !name.isExact, !query.wantsArguments {
      return .functions(
        try query.kernel.functionNames(module: module, name: name), after: "\(type):",
        showsModules: parts.count >= 2)
    }
    let list = try query.kernel.functions(module: module, name: name)
    var probes: [ListedProbe] = []
    for function in list.functions {
      let name = "\(type):" + (parts.count < 2 ? "" : "\(function.module):") + function.name
      // Functions are in the order of their names: those of several modules stand together.
      if probes.last?.name != name {
        let arguments =
          query.wantsArguments ? try registers(of: function, query.kernel, isReturn: isReturn) : []
        probes.append(ListedProbe(name: name, arguments: arguments))
      }
    }
    return .probes(probes)
  }

  /// What a script finds in `arg0`, `arg1`, ... or in `retval`, with its type; empty if that is not known.
  private static func registers(
    of function: KernelFunction, _ kernel: any KernelView, isReturn: Bool
  ) throws(MachineError) -> [String] {
    let module = function.module == "vmlinux" ? nil : function.module
    guard let btf = try kernel.btf(module),
      let found = try described(function.name, in: module, kernel)
    else { return [] }
    return try readTypes(of: module) { () throws(BTFError) in
      if isReturn {
        let result = try btf.declaration(of: found.returns, named: "retval")
        return result == "void retval" ? [] : [result]
      }
      return try found.parameters.enumerated().map { index, parameter throws(BTFError) in
        try btf.declaration(of: parameter.type, named: "arg\(index)")
      }
    }
  }
}

/// `name+offset` of an attach point.
struct FunctionTarget {
  let name: String
  let offset: UInt64

  /// The start of a function, whatever is in its name.
  init(named name: String) {
    self.name = name
    offset = 0
  }

  /// Nil when what follows `+` is no number.
  init?(_ text: String) {
    guard let plus = text.lastIndex(of: "+") else {
      name = text
      offset = 0
      return
    }
    guard let value = Self.number(String(text[text.index(after: plus)...])) else { return nil }
    name = String(text[..<plus])
    offset = value
  }

  /// A number as scripts write them, of any base; nil if the text is none.
  static func number(_ text: String) -> UInt64? {
    do throws(IntegerLiteralError) {
      let literal = try IntegerLiteral(parsing: text, acceptsBinary: false)
      return literal.suffix == nil ? literal.value : nil
    } catch { return nil }
  }
}
