import BTF
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let fentry = trampoline(
    "fentry", short: "f", other: "kfunc", isReturn: false,
    summary: "The entry of a kernel function, with typed arguments.",
    details:
      "Written `fentry:[MODULE:]FUNCTION`. `args` are typed from the kernel's type information. Quicker than "
      + "a kprobe, for there is no breakpoint. `fentry:bpf:[ID:]FUNCTION` is a function of a BPF program that is loaded, of which "
      + "ID is the number; its `args` have the types that the program was compiled with. Programs that trace functions "
      + "themselves cannot be traced. `-l 'fentry:bpf:*'` lists the functions.")

  static let fexit = trampoline(
    "fexit", short: "fr", other: "kretfunc", isReturn: true,
    summary: "The return of a kernel function, with typed arguments and result.",
    details:
      "Written `fexit:[MODULE:]FUNCTION`. `args` are those of the call, `retval` is what it returns. "
      + "`fexit:bpf:[ID:]FUNCTION` is a function of a BPF program that is loaded.")

  private static func trampoline(
    _ name: String, short: String, other: String, isReturn: Bool, summary: String, details: String
  ) -> ProbeType {
    ProbeType(
      name: name, shortNames: [short], otherNames: [other], summary: summary, details: details,
      isListedByDefault: !isReturn, requires: [.btf, .fentry],
      point: { targets in
        guard (1...2).contains(targets.count) else { return nil }
        let module = targets.count == 2 && targets[0] != "vmlinux" ? targets[0] : nil
        return .trampoline(
          module: module, function: targets[targets.count - 1], isReturn: isReturn)
      },
      resolve: { syntax, resolution throws(MachineError) in
        try resolve(syntax, resolution, type: name, isReturn: isReturn)
      },
      list: { query throws(MachineError) in
        try listTrampolines(query, type: name, isReturn: isReturn)
      })
  }

  private static func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) throws(MachineError) -> ResolvedProbes {
    let targets = syntax.targets
    if targets.first == BPFTrampoline.word {
      return try BPFTrampoline.resolve(syntax, resolution, type: type, isReturn: isReturn)
    }
    if let wrong = ResolvedProbes.wrongCount(syntax, of: type, allowed: 1...2) { return wrong }
    guard try resolution.kernel.btf(nil) != nil else {
      return .error(
        "needs-btf", "\(type) requires kernel BTF. Try using a 'kprobe' instead.", syntax)
    }
    let module = NamePattern(targets.count == 2 ? targets[0] : "*")
    let name = NamePattern(targets[targets.count - 1])
    let found = try resolution.kernel.functions(module: module, name: name).functions
    var probes: [ResolvedAttachPoint] = []
    var last: KernelFunction?
    for function in found {
      if let probe = try attachPoint(function, resolution, type: type, isReturn: isReturn) {
        probes.append(probe)
        last = function
      }
    }
    if name.isExact {
      if probes.isEmpty {
        var missing = ResolvedProbes(missing: "\(type) \(targets.joined(separator: ":"))")
        missing.explanation =
          try found.isEmpty
          ? UnseenFunction.explanation(
            name.text, module: targets.count == 2 ? targets[0] : nil, resolution.kernel) : nil
        return missing
      }
      if targets.count == 1, probes.count > 1 {
        return .error(
          "function-name",
          "ambiguous attach point, please specify module containing the function '\(name.text)'",
          syntax)
      }
    }
    if name.isExact, probes.count == 1, let last {
      probes[0].fallbacks = try kprobes(insteadOf: last, resolution, isReturn: isReturn)
    }
    let isExpanded = !name.isExact || targets.count == 2 && !module.isExact
    return ResolvedProbes(
      probes: probes,
      diagnostics: name.isExact
        ? try KernelInlining.warnings(name.text, module: last?.module, syntax, resolution) : [],
      binding: isExpanded ? syntax.expanded : nil)
  }

  /// Nil if the kernel's types do not know the function.
  private static func attachPoint(
    _ function: KernelFunction, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) throws(MachineError) -> ResolvedAttachPoint? {
    guard let arguments = try TypedArguments(of: function.module, resolution, isTyped: true),
      let found = try described(function.name, in: arguments.module, resolution.kernel),
      !found.isVariadic
    else { return nil }
    let (fields, end) = try arguments.fields(found.parameters)
    let context = ContextShape(
      arguments: fields,
      returnValue: isReturn ? try arguments.result(found.returns, at: end) : nil,
      function: .helper(isUser: false))
    func program(_ context: ContextShape, isTyped: Bool) -> ProbeProgram {
      var program = ProbeProgram(
        ProgramKind(
          .tracing, attachType: isReturn ? .functionExit : .functionEntry,
          target: ProgramTarget(.function, function.name, module: arguments.module)),
        label: programLabel(type, function.name), context: context, targetFilter: .predicate)
      program.isForTypedPointers = isTyped
      return program
    }
    let plain = context.withPlainPointers
    return ResolvedAttachPoint(
      probeType: type, name: "\(type):\(function.module):\(function.name)",
      points: [
        .trampoline(module: arguments.module, function: function.name, isReturn: isReturn)
      ],
      programs: plain == context
        ? [program(context, isTyped: false)]
        : [program(context, isTyped: true), program(plain, isTyped: false)],
      requires: [.btf, .fentry])
  }

  /// The kprobe that carries an fentry or fexit on kernels without trampolines. At its end a function's
  /// arguments are gone.
  private static func kprobes(
    insteadOf function: KernelFunction, _ resolution: ProbeResolution, isReturn: Bool
  ) throws(MachineError) -> [ProbeProgram] {
    // A kprobe is at the copies of a function too.
    let hasCopies = try hasCopies(
      of: function.name, among: [function], NamePattern(function.module), resolution.kernel)
    guard !hasCopies,
      let arguments = try TypedArguments(of: function.module, resolution, isTyped: true),
      let found = try described(function.name, in: arguments.module, resolution.kernel)
    else { return [] }
    var context = try registerContext(resolution, isReturn: isReturn, space: .kernel)
    guard case .registers(let registers, _) = context.registers else { return [] }
    context.registers = .none
    context.contextType = nil
    context.arguments = []
    let (fields, end) = try arguments.fields(found.parameters)
    if isReturn {
      // A structure is returned in two registers, or none.
      guard try arguments.isWord(found.returns) else { return [] }
      if let access = context.returnValue?.access {
        context.returnValue = try arguments.result(found.returns, at: end)
        context.returnValue?.access = access
      }
    } else {
      // So is it passed.
      for parameter in found.parameters {
        guard try arguments.isWord(parameter.type) else { return [] }
      }
      for (var field, register) in zip(fields, registers) {
        field.access = .load(offset: register)
        context.arguments?.append(field)
      }
    }
    let module = function.module == "vmlinux" ? nil : function.module
    return [
      ProbeProgram(
        .kprobe, label: programLabel(isReturn ? "kretprobe" : "kprobe", function.name),
        context: context, targetFilter: .predicate,
        points: [
          .kprobe(module: module, function: function.name, offset: 0, isReturn: isReturn)
        ])
    ]
  }

  /// The trampoline that carries a kprobe or kretprobe on kernels without kprobes, if the kernel's types know the
  /// function.
  static func trampolines(
    insteadOf function: KernelFunction, isReturn: Bool, _ resolution: ProbeResolution
  ) throws(MachineError) -> [ProbeProgram] {
    guard let arguments = try TypedArguments(of: function.module, resolution, isTyped: false),
      let found = try described(function.name, in: arguments.module, resolution.kernel),
      !found.isVariadic
    else { return [] }
    for parameter in found.parameters {
      guard try arguments.isWord(parameter.type) else { return [] }
    }
    let (fields, end) = try arguments.fields(found.parameters)
    // Not all kernels clear what stands above an argument that is shorter than its register.
    let whole = fields.prefix { field in
      switch field.type {
      case .pointer, .integer(bytes: 8, _): true
      default: false
      }
    }
    var context = ContextShape(
      registers: .words(count: isReturn ? 0 : whole.count), function: .helper(isUser: false),
      hasUsualStack: false)
    if isReturn, let result = try arguments.result(found.returns, at: end) {
      context.returnValue = ContextField(
        name: result.name, type: .uint64, access: .load(offset: end),
        declaration: result.declaration)
    }
    return [
      ProbeProgram(
        ProgramKind(
          .tracing, attachType: isReturn ? .functionExit : .functionEntry,
          target: ProgramTarget(.function, function.name, module: arguments.module)),
        label: programLabel(isReturn ? "fexit" : "fentry", function.name), context: context,
        targetFilter: .predicate,
        points: [
          .trampoline(module: arguments.module, function: function.name, isReturn: isReturn)
        ])
    ]
  }

  /// What the kernel's types say of a function; nil if they do not know it.
  static func described(
    _ name: String, in module: String?, _ kernel: any KernelView
  ) throws(MachineError) -> BTFFunction? {
    guard let btf = try kernel.btf(module) else { return nil }
    do { return try btf.function(named: name) } catch {
      throw .badBTF(error, module: module ?? "vmlinux")
    }
  }

  /// What the kernel itself says can be traced; where it does not say, all its functions of known types.
  private static func listTrampolines(
    _ query: ListingQuery, type: String, isReturn: Bool
  ) throws(MachineError) -> ProbeListing {
    let parts = query.parts.map { $0.isEmpty ? "*" : $0 }
    if parts.first == BPFTrampoline.word, parts.count > 1 {
      return try BPFTrampoline.list(
        Array(parts.dropFirst()), query, type: type, isReturn: isReturn)
    }
    let module = NamePattern(parts.count >= 2 ? parts[0] : "*")
    let name = NamePattern(parts.last ?? "*")
    if !query.wantsArguments, !name.isExact {
      return .functions(
        try described(try query.kernel.functionNames(module: module, name: name), query.kernel),
        after: "\(type):", showsModules: true)
    }
    var result: [ListedProbe] = []
    for function in try query.kernel.functions(module: module, name: name).functions {
      let module = function.module == "vmlinux" ? nil : function.module
      guard let btf = try query.kernel.btf(module),
        let found = try described(function.name, in: module, query.kernel)
      else { continue }
      var arguments: [String] = []
      if query.wantsArguments {
        arguments = found.parameters.map {
          (try? btf.declaration(of: $0.type, named: $0.name)) ?? $0.name
        }
        if isReturn, let declared = try? btf.declaration(of: found.returns, named: "retval"),
          declared != "void retval"
        {
          arguments.append(declared)
        }
      }
      result.append(
        ListedProbe(name: "\(type):\(function.module):\(function.name)", arguments: arguments))
    }
    return .probes(result)
  }

  /// Those of the functions whose types are known.
  private static func described(
    _ functions: KernelFunctionNames, _ kernel: any KernelView
  ) throws(MachineError) -> KernelFunctionNames {
    var last: (module: String, types: BTFTypes?)?
    return try functions.filter { name, module throws(MachineError) in
      if last?.module != module {
        last = (module, try kernel.btf(module == "vmlinux" ? nil : module))
      }
      guard let types = last?.types else { return false }
      return try readTypes(of: module) { () throws(BTFError) in try types.hasFunction(named: name) }
    }
  }
}
