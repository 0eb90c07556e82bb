import MachineView
import ObjectFiles

/// Says why a function of the kernel cannot be probed although something knows it.
enum UnseenFunction {
  /// The sentence for people; nil for a function that nothing knows.
  ///
  /// - Parameter module: Where it is looked for; nil for everywhere.
  static func explanation(
    _ name: String, module: String?, _ kernel: any KernelView
  ) throws(MachineError) -> String? {
    do throws(MachineError) {
      if try kernel.kernelSymbol(named: name) != nil {
        return "The kernel has '\(name)', but does not allow probes on it"
      }
    } catch .addressesHidden { return nil }
    if module == nil || module == "vmlinux", let places = try inlined(name, kernel) {
      return "'\(name)' is inlined into \(places)"
    }
    guard try ProbeType.described(name, in: nil, kernel) != nil else { return nil }
    return "The kernel's types know '\(name)', but it is inlined wherever it is called"
  }

  /// Places beyond which no further ones are looked for.
  private static let mostPlaces = 64
  /// Functions that are named, if there are more.
  private static let mostNames = 3

  /// The functions that a function was inlined into, as the kernel's debug information has them; nil if it has code
  /// of its own or is not known.
  private static func inlined(
    _ name: String, _ kernel: any KernelView
  ) throws(MachineError) -> String? {
    guard let information = try kernel.debugInformation else { return nil }
    let instances = information.instances(of: name, limit: mostPlaces)
    guard instances.own.isEmpty, !instances.inlined.isEmpty else { return nil }
    let callers = Set(instances.inlined.compactMap(\.caller)).sorted()
    if callers.count <= mostNames + 1 { return callers.joined(separator: ", ") }
    let named = callers.prefix(mostNames).joined(separator: ", ")
    let isWhole = instances.inlined.count < mostPlaces
    return "\(named) and \(isWhole ? "" : "at least ")\(callers.count - mostNames) others"
  }
}
