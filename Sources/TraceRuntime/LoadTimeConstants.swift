package import BPF
internal import BTF
internal import LinuxSystem
package import MachineView
internal import SystemText
package import TraceModel

/// The values of an artifact's load-time constants in one run.
package struct LoadTimeConstants: Hashable, Sendable {
  /// The contents of the section.
  package let section: [UInt8]
  /// The value of each constant of the manifest; zero for texts.
  package let integers: [Int64]

  /// What the values are taken from.
  package struct Sources {
    package var arguments: ScriptArguments
    /// The script's parameters, for their defaults.
    package var options: [ScriptOption] = []
    /// Whether events are to say when they were sent.
    package var asksForEventTimes = false
    /// Whether programs are to count how often they run.
    package var countsRuns = false
    package var processes: ProcessChoice
    package var kernel: any KernelView
    package var resolver: any AttachResolver
    package var hasFeature: (KernelFeature) -> Bool
    /// Whether programs of a kind may call a function of the kernel.
    package var allowsCall: (String, ProgramKind) -> Bool = { _, _ in false }
    /// Boot clock at the start of the run, in nanoseconds.
    package var startTime: UInt64
    /// TAI minus boot clock, in nanoseconds.
    package var taiOffset: Int64
    /// Bytes of the ring buffer.
    package var eventBufferSize: Int

    package init(
      arguments: ScriptArguments, processes: ProcessChoice = ProcessChoice(),
      kernel: any KernelView, resolver: any AttachResolver,
      hasFeature: @escaping (KernelFeature) -> Bool,
      startTime: UInt64, taiOffset: Int64, eventBufferSize: Int
    ) {
      self.arguments = arguments
      self.processes = processes
      self.kernel = kernel
      self.resolver = resolver
      self.hasFeature = hasFeature
      self.startTime = startTime
      self.taiOffset = taiOffset
      self.eventBufferSize = eventBufferSize
    }
  }

  /// Why a constant has no value.
  package enum FillError: Error, Hashable, Sendable {
    /// A positional parameter is used as a number but is not one.
    case notAnInteger(position: Int, value: String)
    /// The machine did not answer.
    case machine(MachineError)
    /// Whether an attach point exists cannot be found out.
    case attachPoint(AttachError)
    /// The kernel has no symbol of that name.
    case noKernelSymbol(String)
    /// The kernel has no types to look a field up in.
    case noKernelTypes
    /// The kernel's types have no such field.
    case noField(String)
    /// The kernel's types have no such enumerator.
    case noEnumerator(String)
    /// A constant lies where the section cannot have it.
    case misplaced(offset: Int)
  }

  /// Finds the value of every constant.
  package init(_ constants: [LoadTimeConstant], from sources: Sources) throws(FillError) {
    var section: [UInt8] = []
    var integers: [Int64] = []
    for constant in constants {
      let value = try sources.value(of: constant)
      guard (0..<(1 << 24)).contains(constant.offset),
        (0..<(1 << 24)).contains(constant.shape.size)
      else { throw .misplaced(offset: constant.offset) }
      let end = constant.offset + (constant.shape.size + 7) / 8 * 8
      if section.count < end {
        section.append(contentsOf: repeatElement(0, count: end - section.count))
      }
      switch value {
      case .integer(let number):
        integers.append(number)
        Self.write(number, at: constant.offset, size: constant.shape.size, into: &section)
      case .string(let text):
        integers.append(0)
        // The last byte stays the NUL that ends the text.
        for (index, byte) in text.systemBytes.prefix(max(0, constant.shape.size - 1)).enumerated() {
          section[constant.offset + index] = byte
        }
      }
    }
    self.section = section
    self.integers = integers
  }

  /// The same values for programs that are to take no shortcuts; nil if they take none anyway.
  func withoutShortcuts(_ constants: [LoadTimeConstant]) -> LoadTimeConstants? {
    var (section, integers) = (section, integers)
    for (index, constant) in constants.enumerated() where constant.isShortcut {
      integers[index] = 0
      Self.write(0, at: constant.offset, size: constant.shape.size, into: &section)
    }
    return integers == self.integers
      ? nil : LoadTimeConstants(section: section, integers: integers)
  }

  private init(section: [UInt8], integers: [Int64]) {
    self.section = section
    self.integers = integers
  }

  private static func write(
    _ number: Int64, at offset: Int, size: Int, into section: inout [UInt8]
  ) {
    for index in 0..<min(8, size) {
      section[offset + index] = UInt8(truncatingIfNeeded: number >> Int64(8 * index))
    }
  }
}

private enum ConstantValue {
  case integer(Int64)
  case string(String)
}

extension LoadTimeConstants.Sources {
  fileprivate func value(
    of constant: LoadTimeConstant
  ) throws(LoadTimeConstants.FillError) -> ConstantValue {
    switch constant.source {
    case .option(let name): return option(name, constant)
    case .positional(let number): return try positional(number, constant)
    case .kernelSymbol(let name): return .integer(try kernelSymbol(name))
    case .attachPointExists(let point):
      return .integer(try canAttach(to: point) ? 1 : 0)
    case .fieldOffset(let field, let filter):
      return .integer(processes.uses(filter) ? try offset(of: field) : 0)
    case .operand(let filter): return try operand(of: filter)
    case .tracerTask(let scope):
      guard let command = processes.command, command.scopes.contains(scope) else {
        return .integer(0)
      }
      return .integer(Int64(bitPattern: command.tracerTask))
    case .parentOffset:
      return .integer(processes.command == nil ? 0 : try offset(of: "task_struct.real_parent"))
    case .executionOffset:
      return .integer(processes.command == nil ? 0 : try offset(of: "task_struct.self_exec_id"))
    case .userSymbol(let name, let path):
      do {
        return .integer(
          Int64(bitPattern: try resolver.address(ofSymbol: name, inFile: path)))
      } catch { throw .attachPoint(error) }
    case .currentTaskField(let field): return .integer(currentTaskOffset(of: field))
    case .enumerator(let name, let module):
      return .integer(try value(ofEnumerator: name, in: module))
    default:
      do { return .integer(try integer(of: constant.source)) } catch { throw .machine(error) }
    }
  }

  /// Whether the kernel lets programs be attached to such points, and the point exists. The first is quick
  /// to find out; looking for a function may take reading the names of all.
  private func canAttach(to point: AttachPoint) throws(LoadTimeConstants.FillError) -> Bool {
    if let feature = point.requiredFeature, !hasFeature(feature) { return false }
    do { return try point.exists(resolver) } catch { throw .attachPoint(error) }
  }

  private func operand(
    of filter: TaskFilter
  ) throws(LoadTimeConstants.FillError) -> ConstantValue {
    switch processes.taskFilters[filter] {
    case nil: return .integer(0)
    case .number(let number): return .integer(number)
    case .text(let text): return .string(text)
    case .path(let path):
      do { return .integer(Int64(bitPattern: try kernel.cgroupID(path))) } catch {
        throw .machine(error)
      }
    }
  }

  private func option(_ name: String, _ constant: LoadTimeConstant) -> ConstantValue {
    switch (constant.shape, arguments.options[name]) {
    case (.integer, .boolean(let flag)): .integer(flag ? 1 : 0)
    case (.integer, .unsigned(let number)): .integer(Int64(bitPattern: number))
    case (.integer, .signed(let number)): .integer(number)
    case (.integer, nil), (.integer, .string): .integer(constant.defaultInteger)
    case (.string, .string(let text)): .string(text)
    case (.string, nil), (.string, .boolean), (.string, .unsigned), (.string, .signed):
      .string(constant.defaultString)
    }
  }

  private func positional(
    _ number: Int, _ constant: LoadTimeConstant
  ) throws(LoadTimeConstants.FillError) -> ConstantValue {
    let words = arguments.positional
    let word = number >= 1 && number <= words.count ? words[number - 1] : ""
    switch constant.shape {
    case .string: return .string(word.isEmpty ? constant.defaultString : word)
    case .integer:
      if word.isEmpty { return .integer(constant.defaultInteger) }
      guard let value = IntegerLiteral.parse(word) else {
        throw .notAnInteger(position: number, value: word)
      }
      return .integer(value)
    }
  }

  private func kernelSymbol(_ name: String) throws(LoadTimeConstants.FillError) -> Int64 {
    let symbol: KernelSymbol?
    do { symbol = try kernel.kernelSymbol(named: name) } catch { throw .machine(error) }
    guard let symbol else { throw .noKernelSymbol(name) }
    return Int64(bitPattern: symbol.address)
  }

  private func offset(of field: String) throws(LoadTimeConstants.FillError) -> Int64 {
    let types: BTFTypes?
    do { types = try kernel.btf(nil) } catch { throw .machine(error) }
    guard let types else { throw .noKernelTypes }
    let offset: Int?
    do { offset = try types.offset(of: field) } catch { throw .noField(field) }
    guard let offset else { throw .noField(field) }
    return Int64(offset)
  }

  /// Where the current task has a field, or zero where programs had better ask a helper: what stands in
  /// the way is nothing that a run fails for.
  private func currentTaskOffset(of field: String) -> Int64 {
    let names = field.split(separator: ".").map(String.init)
    guard names.count == 2, hasFeature(.currentTaskPointer) else { return 0 }
    do { return Int64(try kernel.offset(ofMember: names[1], in: names[0]) ?? 0) } catch { return 0 }
  }

  private func value(
    ofEnumerator name: String, in module: String?
  ) throws(LoadTimeConstants.FillError) -> Int64 {
    let types: BTFTypes?
    do { types = try kernel.btf(module) } catch { throw .machine(error) }
    guard let types else { throw .noKernelTypes }
    let found: BTFEnumerator?
    do { found = try types.enumValue(named: name)?.value } catch {
      throw .machine(.badBTF(error, module: module ?? "vmlinux"))
    }
    guard let found else { throw .noEnumerator(name) }
    return found.value
  }

  private func integer(of source: LoadTimeConstant.Source) throws(MachineError) -> Int64 {
    switch source {
    case .optionCount(let name): return Int64(arguments.count(of: name))
    case .optionValue(let name, let index): return arguments.number(of: name, at: index)
    case .optionIs(let name, let text):
      return arguments.text(of: name, from: options) == text ? 1 : 0
    case .condition(let condition):
      return condition.holds { arguments.isOn($0, of: options) } ? 1 : 0
    case .option, .positional, .kernelSymbol, .fieldOffset, .enumerator, .attachPointExists,
      .tracerTask, .parentOffset, .executionOffset, .currentTaskField, .userSymbol, .operand:
      return 0
    case .kernelCallAllowed(let name, let kind): return allowsCall(name, kind) ? 1 : 0
    case .positionalCount: return Int64(arguments.positional.count)
    case .targetPID: return Int64(processes.targetPID)
    case .childPID: return Int64(processes.childPID)
    case .pidNamespaceDevice: return Int64(bitPattern: processes.pidNamespace?.device ?? 0)
    case .pidNamespaceInode: return Int64(bitPattern: processes.pidNamespace?.inode ?? 0)
    case .cgroupID(let path):
      // A group that is not there is 0, which no group has.
      do { return Int64(bitPattern: try kernel.cgroupID(path)) } catch { return 0 }
    case .possibleCPUs: return Int64(try kernel.possibleCPUs.count)
    case .eventTime: return asksForEventTimes ? 1 : 0
    case .countsRuns: return countsRuns ? 1 : 0
    case .startTime: return Int64(bitPattern: startTime)
    case .taiOffset: return taiOffset
    case .eventRoom(let urgency): return Int64(urgency.room(inBuffer: eventBufferSize))
    case .feature(let name): return KernelFeature.named(name).map(hasFeature) == true ? 1 : 0
    case .usesTaskFilter(let filter): return processes.uses(filter) ? 1 : 0
    case .usesTaskFilters:
      return TaskFilter.guarded.contains(where: processes.uses) ? 1 : 0
    case .skippedProcess: return Int64(processes.skippedProcess)
    case .namespaceTask: return Int64(bitPattern: processes.namespaceTask)
    }
  }
}
