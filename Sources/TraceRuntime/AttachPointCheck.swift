internal import MachineView

extension KernelView {
  /// Whether the kernel has the attach point that a script would write as `text`.
  ///
  /// Only kernel probes are looked up; anything else does not exist.
  func hasAttachPoint(_ text: String) throws(MachineError) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let check = Self.checks[parts[0]] else { return false }
    return try check(self, Array(parts.dropFirst()))
  }

  /// How each kind of attach point is looked up, by the word before the first colon.
  private static var checks: [String: (any KernelView, [String]) throws(MachineError) -> Bool] {
    [
      "tracepoint": hasTracepoint, "rawtracepoint": hasRawTracepoint, "kprobe": hasFunction,
      "kretprobe": hasFunction, "fentry": hasFunction, "fexit": hasFunction,
    ]
  }

  private static func hasTracepoint(
    _ kernel: any KernelView, _ parts: [String]
  ) throws(MachineError) -> Bool {
    guard parts.count == 2 else { return false }
    return try kernel.tracepointFormat(TracepointName(category: parts[0], event: parts[1])) != nil
  }

  private static func hasRawTracepoint(
    _ kernel: any KernelView, _ parts: [String]
  ) throws(MachineError) -> Bool {
    guard let event = parts.last else { return false }
    let module = parts.count > 1 ? NamePattern(parts[0]) : .any
    return try !kernel.rawTracepoints(module: module, event: NamePattern(event)).isEmpty
  }

  private static func hasFunction(
    _ kernel: any KernelView, _ parts: [String]
  ) throws(MachineError) -> Bool {
    guard let name = parts.last else { return false }
    let module = parts.count > 1 ? NamePattern(parts[0]) : .any
    return try !kernel.functions(module: module, name: NamePattern(name)).functions.isEmpty
  }
}
