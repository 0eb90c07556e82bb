import MachineView
import ObjectFiles
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let uprobe = ProbeType(
    name: "uprobe", shortNames: ["u"], summary: "The entry of a function in user space.",
    details:
      "Written `uprobe:PATH:FUNCTION[+OFFSET]`, or `uprobe:PATH:OFFSET` with an offset in the file. "
      + "PATH may be a name in `$PATH` or a library's name without its folder.",
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
      return .error(
        "not-supported", "Attaching to a source line is not supported yet", syntax)
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
    if targets[0].contains("*") || targets[1].contains("*") {
      return .error(
        "not-supported", "A wildcard in \(type) is not supported yet", syntax)
    }
    guard let target = FunctionTarget(targets[1]) else {
      return .error("offset", "Invalid offset: \(targets[1])", syntax)
    }
    if isReturn, target.offset != 0 { return .error("offset", "Offset not allowed", syntax) }
    do throws(MachineError) {
      let paths = try resolution.user.binaries(
        matching: targets[0], process: resolution.targetPID.map { Int32($0) })
      guard let path = paths.first else {
        return .error(
          "uprobe-target",
          "uprobe target file '\(targets[0])' does not exist or is not executable", syntax)
      }
      let isOffset = target.name.first?.isNumber == true
      let offset = isOffset ? FunctionTarget.number(target.name) : target.offset
      guard let offset else { return .error("offset", "Invalid offset: \(targets[1])", syntax) }
      if !isOffset, !resolution.allowsUnsafe,
        try resolution.user.functions(in: path, matching: NamePattern(target.name)).isEmpty
      {
        return ResolvedProbes(missing: "\(type) \(path):\(target.name)")
      }
      return ResolvedProbes(
        probes: [
          ResolvedAttachPoint(
            probeType: type, name: "\(type):\(path):\(targets[1])",
            points: [
              .uprobe(
                path: path, symbol: isOffset ? nil : target.name, offset: offset, isReturn: isReturn
              )
            ],
            programs: [
              ProbeProgram(
                .kprobe, label: programLabel(type, target.name),
                context: try registerContext(resolution, isReturn: isReturn, space: .user),
                targetFilter: .processAttachment)
            ], requires: [.uprobe])
        ],
        // The symbol is looked for when the probe is attached, the path is not.
        binding: path == targets[0] ? nil : "\(targets[0]) is \(path) on this machine")
    } catch {
      return .error("machine", "\(error)", syntax)
    }
  }

  private static func listUprobes(
    _ query: ListingQuery, type: String
  ) throws(MachineError) -> [ListedProbe] {
    let process = query.targetPID.map { Int32($0) }
    var parts = query.parts.map { $0.isEmpty ? "*" : $0 }
    if parts.count < 2 { parts.append("*") }
    let pattern = NamePattern(parts[1])
    var names: Set<String> = []
    for path in try query.user.binaries(matching: parts[0], process: process) {
      for function in try query.user.functions(in: path, matching: pattern) {
        names.insert("\(type):\(path):\(function.name)")
      }
    }
    return names.map { ListedProbe(name: $0) }
  }
}
