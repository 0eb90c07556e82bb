import Diagnostics
import MachineView
import ObjectFiles
import Syntax

/// That a function of the kernel was inlined, as the kernel's debug information has it.
struct KernelInlining {
  /// The functions that have copies of it, for people.
  let callers: String
  /// Whether there is code of the function itself, too.
  let hasOwnCode: Bool

  /// Places beyond which no further ones are looked for.
  private static let mostPlaces = 64
  /// Functions that are named, if there are more.
  private static let mostNames = 3

  /// - Parameter module: Where the function is, as the script says; nil for anywhere.
  /// - Returns: nil if it was inlined nowhere, or nothing is known of it.
  init?(of name: String, module: String?, _ kernel: any KernelView) throws(MachineError) {
    guard module == nil || module == "vmlinux", let information = try kernel.debugInformation
    else { return nil }
    let instances = information.instances(of: name, limit: Self.mostPlaces)
    guard !instances.inlined.isEmpty else { return nil }
    hasOwnCode = !instances.own.isEmpty
    let callers = Set(instances.inlined.compactMap(\.caller)).sorted()
    if callers.count <= Self.mostNames + 1 {
      self.callers = callers.joined(separator: ", ")
    } else {
      let named = callers.prefix(Self.mostNames).joined(separator: ", ")
      let isWhole = instances.inlined.count < Self.mostPlaces
      self.callers =
        "\(named) and \(isWhole ? "" : "at least ")\(callers.count - Self.mostNames) others"
    }
  }

  /// What a probe on the function does not see. Most functions that are written for one file are inlined somewhere, and a
  /// kernel's debug information is large, so that only those who ask are told.
  static func warnings(
    _ name: String, module: String?, _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) throws(MachineError) -> [Diagnostic] {
    guard resolution.isVerbose, resolution.isForThisMachine,
      let inlining = try KernelInlining(of: name, module: module, resolution.kernel),
      inlining.hasOwnCode
    else { return [] }
    return [
      .warning(
        "inlined-calls",
        "\(name) is also inlined into \(inlining.callers): the probe fires for calls of the function only",
        at: syntax.range)
    ]
  }
}
