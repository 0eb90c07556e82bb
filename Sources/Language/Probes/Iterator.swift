import BTF
import MachineView
import Syntax
import TraceModel

extension ProbeType {
  static let iterator = ProbeType(
    name: "iter", shortNames: ["it"], summary: "A walk over objects of the kernel.",
    isListedByDefault: true, isSupported: false, requires: [.iterator],
    resolve: { syntax, _ in
      .error("not-supported", "The probe type iter is not supported yet", syntax)
    },
    list: { query throws(MachineError) in
      let pattern = NamePattern(query.parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "*")
      let btf = query.wantsArguments ? try query.kernel.btf(nil) : nil
      return try query.kernel.iterators.filter { pattern.matches($0) }.map { name in
        var arguments: [String] = []
        if let btf, let found = (try? btf.iterator(name)) ?? nil {
          arguments = ((try? btf.members(of: found.context)) ?? []).filter { !$0.name.isEmpty }
            .map { (try? btf.declaration(of: $0.type, named: $0.name)) ?? $0.name }
        }
        return ListedProbe(name: "iter:\(name)", arguments: arguments)
      }
    })

  /// Probe types that scripts may name and that have no meaning yet.
  static let later: [ProbeType] = [
    reserved("fentry", short: ["f"], other: ["kfunc"]) { trampoline($0, isReturn: false) },
    reserved("fexit", short: ["fr"], other: ["kretfunc"]) { trampoline($0, isReturn: true) },
    reserved("usdt", short: ["U"], other: []), reserved("watchpoint", short: ["w"], other: []),
    reserved("asyncwatchpoint", short: ["aw"], other: []),
    reserved("test", short: [], other: []), reserved("bench", short: [], other: []),
  ]

  /// From `[FUNCTION]` or `[MODULE, FUNCTION]`.
  private static func trampoline(_ targets: [String], isReturn: Bool) -> AttachPoint? {
    guard (1...2).contains(targets.count) else { return nil }
    let module = targets.count == 2 && targets[0] != "vmlinux" ? targets[0] : nil
    return .trampoline(module: module, function: targets[targets.count - 1], isReturn: isReturn)
  }

  private static func reserved(
    _ name: String, short: [String], other: [String], point: Point? = nil
  ) -> ProbeType {
    ProbeType(
      name: name, shortNames: short, otherNames: other, summary: "Comes with a later release.",
      isListedByDefault: false, isSupported: false, point: point,
      resolve: { syntax, _ in
        .error("not-supported", "The probe type \(name) is not supported yet", syntax)
      }, list: { _ throws(MachineError) in [] })
  }
}
