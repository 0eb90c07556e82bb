import BTF
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let iterator = ProbeType(
    name: "iter", shortNames: ["it"], summary: "A walk over objects of the kernel.",
    details:
      "Written `iter:NAME`, as `iter:task`. Runs once for each object when everything is attached; a script "
      + "of nothing else ends after that. `ctx` points to `struct bpf_iter__NAME`: `-lv` lists its fields. "
      + "`iter:NAME:PATH` makes a file of it, relative to /sys/fs/bpf: whoever reads that has the program run and gets what "
      + "`printf()` writes, until the file is removed.",
    isListedByDefault: true, requires: [.iterator],
    point: { (1...2).contains($0.count) ? .iterator($0[0]) : nil },
    resolve: { syntax, resolution throws(MachineError) in
      if let wrong = ResolvedProbes.wrongCount(syntax, of: "iter", allowed: 1...2) { return wrong }
      let name = syntax.targets[0]
      let pin = syntax.targets.count == 2 && !syntax.targets[1].isEmpty ? syntax.targets[1] : nil
      if name.contains("*") {
        return .error("no-wildcards", "iter probe type does not support wildcards", syntax)
      }
      guard let module = try module(of: name, resolution.kernel) else {
        return ResolvedProbes(missing: "iter \(name)")
      }
      if let module { resolution.types.use(module: module) }
      let context =
        try resolution.types.named("bpf_iter__\(name)", keyword: "struct", space: .kernel) ?? .void
      var shape = ContextShape(contextType: .pointer(to: context, .kernel))
      shape.iteration = ContextShape.Iteration(isPinned: pin != nil)
      return ResolvedProbes(probes: [
        ResolvedAttachPoint(
          probeType: "iter", name: "iter:\(name)" + (pin.map { ":\($0)" } ?? ""),
          points: [pin.map { .pinnedIterator(name, path: $0) } ?? .iterator(name)],
          programs: [
            ProbeProgram(
              ProgramKind(
                .tracing, attachType: .iterator,
                target: ProgramTarget(.function, "bpf_iter_\(name)", module: module)),
              label: programLabel("iter", name), context: shape, targetFilter: .none)
          ], requires: [.iterator])
      ])
    },
    list: { query throws(MachineError) in
      let pattern = NamePattern(query.parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "*")
      let names = try query.kernel.iterators.filter { pattern.matches($0) }
      return .probes(
        try names.map { name throws(MachineError) in
          var arguments: [String] = []
          if query.wantsArguments, let module = try module(of: name, query.kernel),
            let btf = try query.kernel.btf(module)
          {
            arguments = try readTypes(of: module) { () throws(BTFError) in
              // Each field is alone in a union that has no name.
              let fields = try btf.iterator(name).map { found throws(BTFError) in
                try btf.fields(of: found.context)
              }
              return try (fields ?? []).map { field throws(BTFError) in
                try btf.declaration(of: field.type, named: field.name)
              }
            }
          }
          return ListedProbe(name: "iter:\(name)", arguments: arguments)
        })
    })

  /// The module that has an iterator: nil within for the kernel itself, nil if there is none.
  private static func module(
    of iterator: String, _ kernel: any KernelView
  ) throws(MachineError) -> String?? {
    for module in [nil] + (try kernel.modulesWithBTF).map(Optional.some) {
      guard let btf = try kernel.btf(module) else { continue }
      do {
        if let found = try btf.iterator(iterator), found.function >= btf.firstOwnID {
          return module
        }
      } catch { throw .badBTF(error, module: module ?? "vmlinux") }
    }
    return .none
  }
}
