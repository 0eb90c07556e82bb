package import MachineView

/// Kernel addresses to functions.
///
/// Belongs to one thread; answers are kept.
package final class KernelSymbolizer {
  private let kernel: any KernelView
  private var known: [UInt64: Frame] = [:]
  /// Why addresses stay unresolved, for example because the kernel hides them from us; nil as long
  /// as all goes well.
  package private(set) var failure: MachineError?

  package init(_ kernel: any KernelView) {
    self.kernel = kernel
  }

  /// The function at `address`; a frame without name when there is none.
  package func resolve(_ address: UInt64) -> Frame {
    if let frame = known[address] { return frame }
    var frame = Frame(address: address)
    // Symbols of per-CPU offsets have small numbers; nothing of the lower half is a kernel address.
    guard address >= 1 << 63, failure == nil else { return frame }
    do throws(MachineError) {
      if let symbol = try kernel.kernelSymbol(at: address) {
        frame.name = symbol.name
        frame.offset = symbol.offset
        frame.object = symbol.module
      }
    } catch {
      failure = error
      return frame
    }
    known[address] = frame
    return frame
  }
}
