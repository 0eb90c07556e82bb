internal import LinuxSystem

/// The functions that two patterns match, as places in the text that names them: no texts are made,
/// because there are tens of thousands and mostly they are only written out again.
///
/// They are in the order of the bytes of their names, then of their modules.
package struct KernelFunctionNames: Sendable {
  package let source: KernelFunctionList.Source
  private let text: [UInt8]
  private let names: [Name]
  /// What `Name.module` counts.
  private let modules: [String]

  private struct Name {
    var start: UInt32
    var length: UInt16
    var module: UInt16

    var range: Range<Int> { Int(start)..<Int(start) + Int(length) }
  }

  /// Calls `body` with the bytes of each name, once also if several modules have it.
  package func forEachName(_ body: (ArraySlice<UInt8>) -> Void) {
    let span = text.span
    var last: Name?
    for name in names {
      if let last, span.extracting(last.range).equals(span.extracting(name.range)) { continue }
      last = name
      body(text[name.range])
    }
  }

  /// Calls `body` with the module and the bytes of the name of each function, in the order of texts
  /// `MODULE:NAME`.
  package func forEachInModules(_ body: (_ module: String, ArraySlice<UInt8>) -> Void) {
    var ofModule = [[Name]](repeating: [], count: modules.count)
    for name in names { ofModule[Int(name.module)].append(name) }
    let order = modules.indices.sorted {
      "\(modules[$0]):".utf8.lexicographicallyPrecedes("\(modules[$1]):".utf8)
    }
    for module in order {
      for name in ofModule[module] { body(modules[module], text[name.range]) }
    }
  }

  /// Returns those of the functions for which `isWanted` says yes.
  ///
  /// - Parameter isWanted: Takes the bytes of a function's name, and its module.
  package func filter<Failure: Error>(
    _ isWanted: (Span<UInt8>, _ module: String) throws(Failure) -> Bool
  ) throws(Failure) -> KernelFunctionNames {
    var kept: [Name] = []
    kept.reserveCapacity(names.count)
    let span = text.span
    for name in names
    where try isWanted(span.extracting(name.range), modules[Int(name.module)]) {
      kept.append(name)
    }
    return KernelFunctionNames(source: source, text: text, names: kept, modules: modules)
  }

  private init(
    source: KernelFunctionList.Source, text: [UInt8], names: [Name], modules: [String]
  ) {
    self.source = source
    self.text = text
    self.names = names
    self.modules = modules
  }

  /// The same functions as texts.
  var functions: [KernelFunction] {
    names.map { name in
      KernelFunction(
        module: modules[Int(name.module)],
        name: String(decoding: text[name.range], as: UTF8.self))
    }
  }

  /// Functions that patterns leave out, since a probe of them can bring the kernel down: those in which
  /// it cannot wait for readers, or switches code under its own feet.
  private static let dangerous = [
    NamePattern("rcu_*"), NamePattern("arch_cpu_idle"), NamePattern("default_idle"),
    NamePattern("bpf_dispatcher_xdp_func"),
  ]

  /// What a line says of a function.
  fileprivate struct Line {
    /// Where its name is.
    var name: Range<Int>
    /// Where the name of its module is, if it is in one.
    var module: Range<Int>?
    /// Whether there is a dot in its name, as in those of parts that compilers split off.
    var hasDot: Bool
    /// Where the next line starts.
    var next: Int
    /// Whether it is about a function at all.
    var isFunction = true
  }

  /// Names that nobody wrote.
  fileprivate struct NameForms {
    /// These begin with an underscore.
    var prefixes: [NamePattern]
    /// These have a dot in them.
    var suffixes: [NamePattern]

    func match(_ name: Span<UInt8>, _ line: Line) -> Bool {
      if name[0] == UInt8(ascii: "_") {
        for form in prefixes where form.matches(name) { return true }
      }
      if line.hasDot {
        for form in suffixes where form.matches(name) { return true }
      }
      return false
    }
  }

  /// Reads a text with a line for each function.
  ///
  /// - Parameters:
  ///   - unreal: The names to leave out.
  ///   - parse: Takes the line that starts at a place.
  fileprivate init(
    _ text: [UInt8], _ module: NamePattern, _ name: NamePattern, source: KernelFunctionList.Source,
    unreal: NameForms, parse: (Span<UInt8>, Int) -> Line
  ) {
    let span = text.span
    let parts = NamePattern("*.part.*")
    let takesAll = name.matchesAll
    var found: [Name] = []
    found.reserveCapacity(takesAll ? text.count / 64 : 16)
    var modules = [DirectoryMachine.kernelModule]
    var wanted = [module.matches(DirectoryMachine.kernelModule)]
    var lastModule: Range<Int>?
    var lastIndex = 0
    var start = 0
    while start < span.count {
      let line = parse(span, start)
      start = line.next
      guard line.isFunction, !line.name.isEmpty, line.name.count <= UInt16.max else { continue }
      let bytes = span.extracting(line.name)
      guard takesAll || name.matches(bytes), !unreal.match(bytes, line),
        !line.hasDot || name.isExact || !parts.matches(bytes),
        name.isExact || !Self.dangerous.contains(where: { $0.matches(bytes) })
      else { continue }
      var owner = 0
      if let place = line.module {
        // Those of one module mostly stand together.
        if let last = lastModule, span.extracting(last).equals(span.extracting(place)) {
          owner = lastIndex
        } else {
          let text = String(decoding: text[place], as: UTF8.self)
          if let known = modules.firstIndex(of: text) {
            owner = known
          } else {
            owner = modules.count
            modules.append(text)
            wanted.append(module.matches(text))
          }
          (lastModule, lastIndex) = (place, owner)
        }
      }
      guard wanted[owner] else { continue }
      found.append(
        Name(
          start: UInt32(truncatingIfNeeded: line.name.lowerBound), length: UInt16(line.name.count),
          module: UInt16(truncatingIfNeeded: owner)))
    }
    self.source = source
    self.text = text
    self.modules = modules
    names = Self.sorted(found, modules, span)
  }

  // MARK: Order

  /// Sorts by name and module, and leaves out what is there twice.
  private static func sorted(
    _ names: [Name], _ modules: [String], _ text: Span<UInt8>
  ) -> [Name] {
    var keyed = names.map { (key: text.key(of: $0.range, at: 0), name: $0) }
    sort(&keyed, 0..<keyed.count, at: 0, modules, text)
    var result: [Name] = []
    result.reserveCapacity(keyed.count)
    for (_, name) in keyed {
      if let last = result.last, last.module == name.module,
        text.extracting(last.range).equals(text.extracting(name.range))
      {
        continue
      }
      result.append(name)
    }
    return result
  }

  /// Sorts names that are equal before `offset`, by eight bytes at a time: a number is quicker to
  /// compare than a text.
  private static func sort(
    _ names: inout [(key: UInt64, name: Name)], _ range: Range<Int>, at offset: Int,
    _ modules: [String], _ text: Span<UInt8>
  ) {
    names[range].sort { $0.key < $1.key }
    var start = range.lowerBound
    while start < range.upperBound {
      var end = start + 1
      while end < range.upperBound, names[end].key == names[start].key { end += 1 }
      if end - start > 1 {
        if names[start].key & 0xFF == 0 {
          // They end here, all of them.
          names[start..<end].sort { modules[Int($0.name.module)] < modules[Int($1.name.module)] }
        } else {
          for index in start..<end {
            names[index].key = text.key(of: names[index].name.range, at: offset + 8)
          }
          sort(&names, start..<end, at: offset + 8, modules, text)
        }
      }
      start = end
    }
  }
}

extension Span<UInt8> {
  /// Eight bytes of a text, from `offset` in it on, as a number that orders as they do; zero behind its
  /// end.
  fileprivate func key(of range: Range<Int>, at offset: Int) -> UInt64 {
    let start = range.lowerBound + offset
    let left = range.upperBound - start
    guard left > 0 else { return 0 }
    if left >= 8, let bytes = integer(at: start, width: 8) { return UInt64(bigEndian: bytes) }
    var number: UInt64 = 0
    for index in 0..<8 {
      number = number << 8 | UInt64(index < left ? self[start + index] : 0)
    }
    return number
  }

  fileprivate func equals(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}

// MARK: Texts

extension KernelFunctionNames {
  /// Reads lines `NAME` or `NAME [MODULE]`, as tracefs lists what can be traced.
  init(
    traceable text: [UInt8], path: String, module: NamePattern, name: NamePattern
  ) {
    // Places whose function has gone since; the kernel keeps the line.
    let gone = NameForms(prefixes: [NamePattern("__ftrace_invalid_address__*")], suffixes: [])
    self.init(text, module, name, source: .traceable(path: path), unreal: gone) { span, start in
      let (nameEnd, hasDot) = span.end(ofName: start)
      let end = span.end(ofLine: nameEnd)
      return Line(
        name: start..<nameEnd, module: span.bracketed(nameEnd..<end), hasDot: hasDot,
        next: end + 1)
    }
  }

  /// Reads lines `ADDRESS TYPE NAME[\t[MODULE]]` of `/proc/kallsyms`.
  ///
  /// - Parameter reason: Why there is no better list.
  init(
    symbols text: [UInt8], reason: MachineError, module: NamePattern, name: NamePattern
  ) {
    // The padding before a function, and its cold part.
    let added = NameForms(
      prefixes: [NamePattern("__pfx_*"), NamePattern("__cfi_*")],
      suffixes: [NamePattern("*.cold")])
    self.init(text, module, name, source: .symbols(reason: reason), unreal: added) { span, start in
      var position = start
      var isSomewhere = false
      while position < span.count, span[position] != 0x20, span[position] != 0x0A {
        if span[position] != 0x30 { isSomewhere = true }
        position += 1
      }
      guard isSomewhere, position + 3 < span.count, span[position] == 0x20,
        span[position + 2] == 0x20, Self.isFunction(type: span[position + 1])
      else {
        return Line(
          name: start..<start, hasDot: false, next: span.end(ofLine: position) + 1,
          isFunction: false)
      }
      let nameStart = position + 3
      let (nameEnd, hasDot) = span.end(ofName: nameStart)
      let end = span.end(ofLine: nameEnd)
      let owner = span.bracketed(nameEnd..<end)
      return Line(
        name: nameStart..<nameEnd, module: owner, hasDot: hasDot, next: end + 1,
        isFunction: owner.map { !Self.isNoModule(span.extracting($0)) } ?? true)
    }
  }

  /// Whether a symbol of a type, in either case, is a function: `t`, or `w` for a weak one.
  private static func isFunction(type: UInt8) -> Bool {
    type | 0x20 == UInt8(ascii: "t") || type | 0x20 == UInt8(ascii: "w")
  }

  /// Whether a module's name is one that the kernel gives to code it makes itself.
  private static func isNoModule(_ name: Span<UInt8>) -> Bool {
    for form in madeUp where form.matches(name) { return true }
    return false
  }

  private static let madeUp = [NamePattern("bpf"), NamePattern("__builtin__*")]
}

extension Span<UInt8> {
  /// The place of the line feed that ends the line at `start`, or the end of all.
  fileprivate func end(ofLine start: Int) -> Int {
    var end = start
    while end < count, self[end] != 0x0A { end += 1 }
    return end
  }

  /// The place of the first white space behind `start`, or the end of all; and whether a dot comes
  /// before it.
  fileprivate func end(ofName start: Int) -> (Int, hasDot: Bool) {
    var end = start
    var hasDot = false
    while end < count, self[end] != 0x20, self[end] != 0x09, self[end] != 0x0A {
      if self[end] == UInt8(ascii: ".") { hasDot = true }
      end += 1
    }
    return (end, hasDot)
  }

  /// What stands between `[` and `]` in a range.
  fileprivate func bracketed(_ range: Range<Int>) -> Range<Int>? {
    guard let open = range.first(where: { self[$0] == UInt8(ascii: "[") }),
      let close = (open..<range.upperBound).first(where: { self[$0] == UInt8(ascii: "]") })
    else { return nil }
    return open + 1..<close
  }
}
