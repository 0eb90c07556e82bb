import MachineView

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
    if let inlining = try KernelInlining(of: name, module: module, kernel), !inlining.hasOwnCode {
      return "'\(name)' is inlined into \(inlining.callers)"
    }
    guard try ProbeType.described(name, in: nil, kernel) != nil else { return nil }
    return "The kernel's types know '\(name)', but it is inlined wherever it is called"
  }
}
