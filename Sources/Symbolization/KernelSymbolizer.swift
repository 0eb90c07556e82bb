internal import LinuxSystem
package import MachineView

/// Kernel addresses to functions.
///
/// Belongs to one thread; answers are kept.
package final class KernelSymbolizer {
  private let kernel: any KernelView
  private var known: [UInt64: Frame] = [:]
  /// When the symbols were read, on the monotonic clock, and for how long they are taken as they are.
  private var lastRead: UInt64 = 0
  private var period: UInt64 = 0
  private var noted = AddressSet()
  /// When names were found ahead, and for how long they are not again.
  private var lastSearch: UInt64 = 0
  private var searchPeriod: UInt64 = 0
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
    var isLasting = false
    do throws(MachineError) {
      let (symbol, isFresh) = try symbol(at: address)
      isLasting = isFresh
      if let symbol {
        frame.name = symbol.name
        frame.offset = symbol.offset
        frame.object = symbol.module
      }
    } catch {
      failure = error
      return frame
    }
    if isLasting { known[address] = frame }
    return frame
  }

  /// Notes addresses that will be asked for.
  package func note(_ addresses: [UInt64]) {
    for address in addresses where address >= 1 << 63 && known[address] == nil {
      noted.insert(address)
    }
  }

  /// Finds the names of all addresses that were noted, without having all symbols in memory.
  package func nameNoted() {
    let addresses = noted.sorted()
    noted = AddressSet()
    let start = Clock.monotonic.now
    // Whoever asks again and again is better served by symbols that are kept.
    guard !addresses.isEmpty, failure == nil, lastRead == 0,
      start - min(start, lastSearch) > searchPeriod
    else { return }
    do throws(MachineError) {
      for (address, symbol) in zip(addresses, try kernel.kernelSymbols(at: addresses)) {
        known[address] = Frame(
          address: address, name: symbol?.name, offset: symbol?.offset ?? 0,
          object: symbol?.module)
      }
    } catch { failure = error }
    lastSearch = Clock.monotonic.now
    searchPeriod = 10 * (lastSearch - start)
  }

  /// What the symbols say, and whether they were read after the address was met. The code of modules and
  /// of BPF programs comes and goes: an address that would be in one has them read again, unless that was
  /// just done.
  private func symbol(
    at address: UInt64
  ) throws(MachineError) -> (symbol: KernelSymbol?, isFresh: Bool) {
    let start = Clock.monotonic.now
    let found = try kernel.kernelSymbol(at: address)
    if lastRead == 0 {
      noteReading(since: start)
      return (found, true)
    }
    if let found, found.module == nil { return (found, true) }
    guard start - min(start, lastRead) > period else { return (found, false) }
    kernel.forgetKernelSymbols()
    let fresh = try kernel.kernelSymbol(at: address)
    noteReading(since: start)
    return (fresh, true)
  }

  /// Reading takes tens of milliseconds: it may take up a tenth of the time.
  private func noteReading(since start: UInt64) {
    lastRead = Clock.monotonic.now
    period = 10 * (lastRead - start)
  }
}
