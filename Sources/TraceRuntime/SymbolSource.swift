package import BPF
package import MachineView
package import Output

/// What knows the names of addresses.
package protocol SymbolSource: AnyObject {
  /// What is known of addresses in the kernel, a frame for each.
  func kernelFrames(at addresses: [UInt64]) -> [Stack.Frame]

  /// What is known of addresses in a process, which may have ended; a frame for each.
  func userFrames(at addresses: [UInt64], in process: Int32) -> [Stack.Frame]

  /// Notes the addresses of a stack, which will be asked for.
  ///
  /// - Parameter process: Nil for the kernel.
  func note(_ addresses: [UInt64], in process: Int32?)

  /// Finds the names of all addresses that were noted: they will be asked for in any order.
  func nameNoted()

  /// Numbers that are equal for addresses in the same function. Names need not be made for that.
  ///
  /// - Parameter process: Nil for the kernel.
  func functionNumbers(of addresses: [UInt64], in process: Int32?) -> [Int]

  /// The addresses of the frames of a stack, by the call frame information of what the process has mapped.
  ///
  /// - Parameters:
  ///   - registers: By their names.
  ///   - stack: What lies at the stack pointer and above.
  ///   - architecture: Nil if it is not known, and only the place itself can be told.
  func unwind(
    _ registers: [String: UInt64], stack: [UInt8], in process: Int32, architecture: Architecture?,
    limit: Int
  ) -> [UInt64]

  /// Why addresses stay without names, as a sentence without its end; nil as long as all goes well.
  var complaint: String? { get }

  /// Remembers what a process has mapped, for the time when it has ended.
  func prime(_ process: Int32)

  /// Learns from now on of all processes what they map while they live.
  func follow(_ records: any ProcessRecordSource)

  /// Learns no more of processes than what they have told up to now.
  func stopFollowing()

  /// Notes what processes have told since the last time.
  func catchUp()

  /// Remembers what some more of the processes that run already have mapped.
  ///
  /// - Returns: Whether there are more.
  func primeSome() -> Bool
}

extension SymbolSource {
  package func functionNumbers(of addresses: [UInt64], in process: Int32?) -> [Int] {
    let frames =
      if let process { userFrames(at: addresses, in: process) } else { kernelFrames(at: addresses) }
    return frames.map { frame in
      var hasher = Hasher()
      hasher.combine(frame.inlined)
      hasher.combine(frame.symbol)
      return hasher.finalize()
    }
  }
}
