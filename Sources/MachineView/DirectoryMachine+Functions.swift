import BTF
import LinuxSystem
import Synchronization

extension DirectoryMachine {
  package func functions(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunctionList {
    if name.isExact {
      do throws(MachineError) { _ = try traceableFunctions } catch {
        if let known = try describedFunction(module: module, name: name) {
          return KernelFunctionList(functions: [known], source: .symbols(reason: error))
        }
      }
    }
    let names = try functionNames(module: module, name: name)
    return KernelFunctionList(functions: names.functions, source: names.source)
  }

  package func functionNames(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunctionNames {
    let list: (path: String, text: [UInt8])
    do throws(MachineError) { list = try traceableFunctions } catch {
      return KernelFunctionNames(
        symbols: try symbolText, reason: error, module: module, name: name)
    }
    return KernelFunctionNames(traceable: list.text, path: list.path, module: module, name: name)
  }

  /// The list of traceable functions, and where it is.
  private var traceableFunctions: (path: String, text: [UInt8]) {
    get throws(MachineError) {
      let path = try traceableFunctionsPath
      let text = try cached(\.traceableFunctions) { () throws(MachineError) in
        do throws(SystemError) { return try FileSystem.read(path) } catch { throw .system(error) }
      }
      return (path, text)
    }
  }

  /// Returns the one function that `name` can mean if the kernel's types know it, which is quicker
  /// to find out than from the symbols.
  private func describedFunction(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunction? {
    guard name.isExact, module.matches(Self.kernelModule), let types = try btf(nil) else {
      return nil
    }
    do {
      guard try types.find(name.text, .function) != nil else { return nil }
      return KernelFunction(module: Self.kernelModule, name: name.text)
    } catch { throw .badBTF(error, module: Self.kernelModule) }
  }

  private var traceableFunctionsPath: String {
    get throws(MachineError) {
      if let path = settings.traceableFunctionsPath { return path }
      return try "\(root)\(tracefs)/available_filter_functions"
    }
  }

  // MARK: Symbols

  /// The content of kallsyms, read once; some 40 ms on a real kernel, which makes it line by line.
  private var symbolText: [UInt8] {
    get throws(MachineError) {
      try cached(\.symbolText) { () throws(MachineError) in
        try read("/proc/kallsyms", expectedSize: 8 << 20)
      }
    }
  }

  var symbolTable: KernelSymbolTable {
    get throws(MachineError) {
      try cached(\.symbols) { () throws(MachineError) in KernelSymbolTable(try symbolText) }
    }
  }

  package func kernelSymbol(named name: String) throws(MachineError) -> KernelSymbol? {
    let table = try symbolTable
    if table.isHidden { throw .addressesHidden }
    return table.symbol(named: name)
  }

  package func kernelSymbol(at address: UInt64) throws(MachineError) -> KernelSymbol? {
    let table = try symbolTable
    if table.isHidden { throw .addressesHidden }
    return table.symbol(at: address)
  }

  package func kernelSymbols(
    at addresses: [UInt64]
  ) throws(MachineError) -> [KernelSymbol?] {
    var search = KernelSymbolSearch(addresses)
    do throws(SystemError) {
      let file = try FileDescriptor(opening: root + "/proc/kallsyms")
      var text: [UInt8] = []
      var isLast = false
      while !isLast {
        let piece = try file.read(upTo: Self.pieceOfSymbols)
        isLast = piece.isEmpty
        text += piece
        text.removeFirst(search.take(text.span, isLast: isLast))
      }
    } catch { throw .system(error) }
    if search.isHidden { throw .addressesHidden }
    return search.symbols()
  }

  /// Bytes of kallsyms that are read at once; the kernel gives a page of them.
  private static let pieceOfSymbols = 4096

  package func forgetKernelSymbols() {
    caches.withLock { ($0.symbolText, $0.symbols) = (nil, nil) }
  }

  package var modules: [String] {
    get throws(MachineError) {
      (try text("/proc/modules") ?? "").split(separator: "\n").compactMap { line in
        line.split(separator: " ").first.map(String.init)
      }.sorted()
    }
  }
}
