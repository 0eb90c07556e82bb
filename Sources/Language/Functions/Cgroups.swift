import MachineView
import TraceIR
import TraceModel

extension Function {
  private static let family = "Control groups"

  static let cgroups: [Function] = [cgroupID, cgroupPath]

  static let cgroupID = Function(
    name: "cgroupid", family: family, signature: Signature([Parameter("path", .stringLiteral)]),
    summary: "The id of a cgroup by its path.",
    details:
      "As in `cgroup == cgroupid(\"/sys/fs/cgroup/system.slice\")`. Looked up when the program is "
      + "loaded.",
    check: { call in
      guard let kernel = call.kernel, let path = call.constant(0)?.text else { return .uint64 }
      do throws(MachineError) { _ = try kernel.cgroupID(path) } catch {
        call.error("no-cgroup", "Failed to get `cgroupid` for path: \"\(path)\": \(error)")
      }
      return .uint64
    },
    lower: { call in
      .scalar(call.loadTimeInteger(.cgroupID(call.constant(0)?.text ?? ""), default: 0))
    })

  static let cgroupPath = Function(
    name: "cgroup_path", family: family,
    signature: Signature([
      Parameter("id", .integer), Parameter("hierarchy", .stringLiteral, optional: true),
    ]),
    summary: "The paths of a cgroup, in each hierarchy that has one of that id.",
    details:
      "As in `cgroup_path(cgroup)`. `hierarchy` may have wildcards; that of version 2 is `unified`. "
      + "Looked up when it is printed.",
    check: { _ in .presented(.cgroupPath) },
    lower: { call in
      let target = call.temporary("cgroup_path", bytes: Presentation.cgroupPath.size)
      call.builder.store(call.integer(0), to: target)
      let filter = call.argumentCount > 1 ? call.constant(1)?.text ?? "*" : "*"
      call.builder.store(.word(call.string(filter)), to: target, at: 8)
      return .memory(target)
    })
}
