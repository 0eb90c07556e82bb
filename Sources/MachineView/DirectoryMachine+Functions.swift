import BTF
import LinuxSystem
import Synchronization

extension DirectoryMachine {
  package func functions(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunctionList {
    let path: String
    let list: [UInt8]
    do throws(MachineError) {
      path = try traceableFunctionsPath
      list = try cached(\.traceableFunctions) { () throws(MachineError) in
        do throws(SystemError) { return try FileSystem.read(path) } catch { throw .system(error) }
      }
    } catch {
      if let known = try describedFunction(module: module, name: name) {
        return KernelFunctionList(functions: [known], source: .symbols(reason: error))
      }
      let symbols = try symbolTable.functions(module: module, name: name)
      return KernelFunctionList(
        functions: Self.presented(symbols, name), source: .symbols(reason: error))
    }
    let found = Self.parseFunctions(list, module, name)
    return KernelFunctionList(
      functions: Self.presented(found, name), source: .traceable(path: path))
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

  /// Sorts and leaves out duplicates, and for a wildcard the parts that compilers split off.
  private static func presented(
    _ functions: [KernelFunction], _ pattern: NamePattern
  ) -> [KernelFunction] {
    var functions = functions
    if !pattern.isExact {
      let parts = NamePattern("*.part.*")
      functions.removeAll { parts.matches($0.name) }
    }
    // Most names differ in their first bytes, which are quicker to compare than texts.
    var order = functions.indices.map { (start: functions[$0].name.firstBytes, index: $0) }
    order.sort { a, b in
      if a.start != b.start { return a.start < b.start }
      let (left, right) = (functions[a.index], functions[b.index])
      return (left.name, left.module) < (right.name, right.module)
    }
    var unique: [KernelFunction] = []
    unique.reserveCapacity(functions.count)
    for (_, index) in order where unique.last != functions[index] {
      unique.append(functions[index])
    }
    return unique
  }

  /// Reads lines `NAME` or `NAME [MODULE]`.
  private static func parseFunctions(
    _ bytes: [UInt8], _ module: NamePattern, _ name: NamePattern
  ) -> [KernelFunction] {
    var found: [KernelFunction] = []
    let span = bytes.span
    var start = 0
    while start < span.count {
      var end = start
      while end < span.count, span[end] != 0x0A { end += 1 }
      var nameEnd = start
      while nameEnd < end, span[nameEnd] != 0x20, span[nameEnd] != 0x09 { nameEnd += 1 }
      if nameEnd > start, name.matches(span.extracting(start..<nameEnd)) {
        let rest = bytes[nameEnd..<end]
        var owner = kernelModule
        if let open = rest.firstIndex(of: UInt8(ascii: "[")),
          let close = rest.firstIndex(of: UInt8(ascii: "]")), open < close
        {
          owner = String(decoding: bytes[open + 1..<close], as: UTF8.self)
        }
        let text = String(decoding: bytes[start..<nameEnd], as: UTF8.self)
        // Places whose function has gone since; the kernel keeps the line.
        if module.matches(owner), !text.hasPrefix("__ftrace_invalid_address__") {
          found.append(KernelFunction(module: owner, name: text))
        }
      }
      start = end + 1
    }
    return found
  }

  // MARK: Symbols

  /// The content of kallsyms, read once; some 50 ms on a real kernel, most of it the kernel's.
  var symbolTable: KernelSymbolTable {
    get throws(MachineError) {
      try cached(\.symbols) { () throws(MachineError) in
        KernelSymbolTable(try read("/proc/kallsyms"))
      }
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

  package var modules: [String] {
    get throws(MachineError) {
      (try text("/proc/modules") ?? "").split(separator: "\n").compactMap { line in
        line.split(separator: " ").first.map(String.init)
      }.sorted()
    }
  }
}

extension String {
  /// The first 16 bytes as a number, which orders texts of ASCII as they are ordered themselves as far
  /// as they differ there.
  fileprivate var firstBytes: UInt128 {
    let span = utf8Span.span
    var number: UInt128 = 0
    for index in 0..<16 { number = number << 8 | UInt128(index < span.count ? span[index] : 0) }
    return number
  }
}
