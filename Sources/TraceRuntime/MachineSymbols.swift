internal import LinuxSystem
package import MachineView
internal import ObjectFiles
package import Output
internal import Symbolization
package import TraceModel

/// The names of addresses on the machine we run on.
package final class MachineSymbols: SymbolSource {
  private let kernel: KernelSymbolizer
  private let user: UserSymbolizer

  /// - Parameter startsChild: Whether the run has a child of its own, most of whose symbols are
  ///   asked for when it has ended.
  package init(
    kernel: any KernelView, configuration: RuntimeConfiguration, startsChild: Bool
  ) {
    self.kernel = KernelSymbolizer(kernel)
    let caching: UserSymbolizer.Caching
    switch configuration.userSymbolCache {
    case .perProcess?: caching = .perProcess
    case .perProgram?: caching = .perProgram
    case RuntimeConfiguration.UserSymbolCache.none?: caching = .none
    case nil: caching = startsChild || !Self.isLayoutRandom() ? .perProgram : .perProcess
    }
    user = UserSymbolizer(isDemangling: configuration.demangle, caching: caching)
  }

  package func kernelFrames(at addresses: [UInt64]) -> [Stack.Frame] {
    addresses.map {
      var frame = Stack.Frame(kernel.resolve($0))
      // Only user frames tell where they are from.
      frame.object = nil
      return frame
    }
  }

  package func userFrames(at addresses: [UInt64], in process: Int32) -> [Stack.Frame] {
    user.resolve(addresses, in: process).map(Stack.Frame.init)
  }

  package var complaint: String? {
    kernel.failure.map { "addresses of the kernel stay without names: \($0)" }
  }

  package func prime(_ process: Int32) { user.prime(process) }

  /// Whether processes get their memory laid out at random.
  private static func isLayoutRandom() -> Bool {
    let text: String
    do { text = try FileSystem.readText("/proc/sys/kernel/randomize_va_space") } catch {
      return true
    }
    return !text.hasPrefix("0")
  }
}

extension Stack.Frame {
  /// What a symbolizer knows, in the terms of the output.
  fileprivate init(_ frame: Symbolization.Frame) {
    self.init(
      address: frame.address, symbol: frame.name, offset: frame.offset, object: frame.object)
    if let buildID = frame.buildID, let offset = frame.fileOffset {
      location = Stack.FileLocation(buildID: buildID.bytes, offset: offset)
    }
  }
}
