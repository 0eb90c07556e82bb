extension Manifest {
  /// The format written here. A reader takes any manifest of its own major number.
  package static let formatMajor = 1

  /// The manifest as bytes: `BTMF`, the major number in one byte, then fields.
  package var encoded: [UInt8] {
    var out = WireWriter()
    out.text(1, script)
    out.text(2, producer)
    out.text(3, architecture)
    for probe in probes { out.message(4, probe.write) }
    for map in maps { out.message(5, map.write) }
    for event in events { out.message(6, event.write) }
    for constant in constants { out.message(7, constant.write) }
    for option in options { out.message(8, option.write) }
    for string in strings { out.element(9, string) }
    for position in positions { out.message(10, position.write) }
    for field in fields { out.message(11, field.write) }
    for feature in requires { out.element(12, feature) }
    out.text(13, bound ?? "")
    out.message(14, configuration.write)
    out.text(15, manual)
    out.count(16, scratchSize)
    out.text(17, sourceDigest)
    return Array("BTMF".utf8) + [UInt8(Self.formatMajor)] + out.bytes
  }

  /// Reads what `encoded` wrote, in this or an older release of the same major format.
  package init(decoding bytes: [UInt8]) throws(ManifestError) {
    guard bytes.count >= 5, bytes.prefix(4).elementsEqual("BTMF".utf8) else {
      throw .notAnArtifact
    }
    guard Int(bytes[4]) <= Self.formatMajor else {
      throw .newerFormat(found: Int(bytes[4]), known: Self.formatMajor)
    }
    let message = try WireMessage(bytes[5...])
    self.init(
      script: message.text(1), producer: message.text(2), architecture: message.text(3))
    probes = try message.messages(4, ProbeSpec.init)
    maps = try message.messages(5, MapSpec.init)
    events = try message.messages(6, EventSpec.init)
    constants = try message.messages(7, LoadTimeConstant.init)
    options = try message.messages(8, ScriptOption.init)
    strings = message.texts(9)
    positions = try message.messages(10, ScriptPosition.init)
    fields = try message.messages(11, FieldPath.init)
    requires = message.texts(12)
    let bound = message.text(13)
    self.bound = bound.isEmpty ? nil : bound
    configuration = try RuntimeConfiguration(message.required(14, "the configuration"))
    manual = message.text(15)
    scratchSize = try message.count(16)
    sourceDigest = message.text(17)
    try checkReferences()
  }

  /// Makes sure that every index points at something, so that nobody else has to.
  private func checkReferences() throws(ManifestError) {
    for probe in probes {
      if let condition = probe.condition, !constants.indices.contains(condition.constant) {
        throw .malformed("a probe's condition")
      }
      if let position = probe.position, !positions.indices.contains(position) {
        throw .malformed("a probe's position")
      }
    }
    for event in events {
      if let position = event.position, !positions.indices.contains(position) {
        throw .malformed("an event's position")
      }
      switch event.kind {
      case .printMap(let map, _, _), .printTable(let map, _), .clearMap(let map),
        .zeroMap(let map):
        guard maps.indices.contains(map) else { throw .malformed("an event's map") }
      default: break
      }
    }
  }
}

extension ProbeSpec {
  func write(_ out: inout WireWriter) {
    out.text(1, program)
    out.text(2, name)
    out.message(3, attachPoint.write)
    if let condition {
      out.message(4) {
        $0.count(1, condition.constant)
        $0.signed(2, condition.expected)
      }
    }
    if let position { out.count(5, position + 1) }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    var condition: Condition?
    if let inner = try message.message(4) {
      condition = Condition(constant: try inner.count(1), expected: inner.signed(2))
    }
    let position = try message.count(5)
    self.init(
      program: message.text(1), name: message.text(2),
      attachPoint: try AttachPoint(message.required(3, "an attach point")), condition: condition,
      position: position == 0 ? nil : position - 1)
  }
}

extension AttachPoint {
  func write(_ out: inout WireWriter) {
    switch self {
    case .begin: out.count(1, 0)
    case .end: out.count(1, 1)
    case .selfSignal(let name):
      out.count(1, 2)
      out.text(2, name)
    case .tracepoint(let category, let event):
      out.count(1, 3)
      out.text(2, event)
      out.text(3, category)
    case .rawTracepoint(let event):
      out.count(1, 4)
      out.text(2, event)
    case .kprobe(let module, let function, let offset, let isReturn):
      out.count(1, 5)
      out.text(2, function)
      out.text(3, module ?? "")
      out.unsigned(4, offset)
      out.flag(5, isReturn)
    case .kprobeAddress(let address):
      out.count(1, 6)
      out.unsigned(4, address)
    case .uprobe(let path, let symbol, let offset, let isReturn):
      out.count(1, 7)
      out.text(2, symbol ?? "")
      out.text(3, path)
      out.unsigned(4, offset)
      out.flag(5, isReturn)
    case .software(let config, let period):
      out.count(1, 8)
      out.unsigned(4, config)
      out.unsigned(6, period)
    case .hardware(let config, let period):
      out.count(1, 9)
      out.unsigned(4, config)
      out.unsigned(6, period)
    case .profile(let rate):
      out.count(1, 10)
      rate.write(&out)
    case .interval(let rate):
      out.count(1, 11)
      rate.write(&out)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let name = message.text(2)
    let other = message.text(3)
    let number = message.unsigned(4)
    switch try message.count(1) {
    case 0: self = .begin
    case 1: self = .end
    case 2: self = .selfSignal(name)
    case 3: self = .tracepoint(category: other, event: name)
    case 4: self = .rawTracepoint(event: name)
    case 5:
      self = .kprobe(
        module: other.isEmpty ? nil : other, function: name, offset: number,
        isReturn: message.flag(5))
    case 6: self = .kprobeAddress(number)
    case 7:
      self = .uprobe(
        path: other, symbol: name.isEmpty ? nil : name, offset: number, isReturn: message.flag(5))
    case 8: self = .software(config: number, period: message.unsigned(6))
    case 9: self = .hardware(config: number, period: message.unsigned(6))
    case 10: self = .profile(try Rate(message))
    case 11: self = .interval(try Rate(message))
    case let kind: throw .malformed("attach point \(kind) is unknown")
    }
  }
}

extension AttachPoint.Rate {
  func write(_ out: inout WireWriter) {
    switch self {
    case .hertz(let value): out.unsigned(7, value)
    case .nanoseconds(let value): out.unsigned(8, value)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let hertz = message.unsigned(7)
    let nanoseconds = message.unsigned(8)
    guard hertz != 0 || nanoseconds != 0 else { throw .malformed("a rate of zero") }
    self = hertz != 0 ? .hertz(hertz) : .nanoseconds(nanoseconds)
  }
}

extension MapSpec {
  func write(_ out: inout WireWriter) {
    out.text(1, name)
    out.unsigned(2, UInt64(kind.rawValue))
    out.message(3, key.write)
    switch value {
    case .value(let layout): out.message(4, layout.write)
    case .aggregation(let aggregation): out.message(5, aggregation.write)
    }
    out.count(6, maxEntries)
  }

  init(_ message: WireMessage) throws(ManifestError) {
    guard let kind = MapKind(rawValue: UInt8(truncatingIfNeeded: message.unsigned(2))) else {
      throw .malformed("a map's kind is unknown")
    }
    let value: MapValue =
      if let layout = try message.message(4) {
        .value(try ValueLayout(layout))
      } else {
        .aggregation(try Aggregation(message.required(5, "a map's value")))
      }
    self.init(
      name: message.text(1), kind: kind, key: try ValueLayout(message.required(3, "a map's key")),
      value: value, maxEntries: try message.count(6))
  }
}

extension EventSpec {
  func write(_ out: inout WireWriter) {
    out.message(1, kind.write)
    for field in fields { out.message(2, field.write) }
    out.count(3, size)
    if let position { out.count(4, position + 1) }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let position = try message.count(4)
    self.init(
      kind: try EventKind(message.required(1, "an event's kind")),
      fields: try message.messages(2, ValueLayout.Field.init), size: try message.count(3),
      position: position == 0 ? nil : position - 1)
  }
}

extension EventKind {
  func write(_ out: inout WireWriter) {
    func text(_ kind: Int, _ format: String) {
      out.count(1, kind)
      out.text(2, format)
    }
    switch self {
    case .printf(let format): text(0, format)
    case .errorf(let format): text(1, format)
    case .warnf(let format): text(2, format)
    case .system(let format): text(3, format)
    case .cat(let format): text(4, format)
    case .printValue: out.count(1, 5)
    case .printMap(let map, let top, let divisor):
      out.count(1, 6)
      out.count(3, map)
      if let top { out.count(4, top + 1) }
      if let divisor {
        out.flag(5, true)
        out.signed(6, divisor)
      }
    case .printTable(let map, let format):
      text(13, format)
      out.count(3, map)
    case .clearMap(let map):
      out.count(1, 7)
      out.count(3, map)
    case .zeroMap(let map):
      out.count(1, 8)
      out.count(3, map)
    case .time(let format): text(9, format)
    case .join(let separator): text(10, separator)
    case .exit: out.count(1, 11)
    case .runtimeError(let failure):
      out.count(1, 12)
      switch failure {
      case .helper(let failure): out.text(2, failure.helper)
      case .divisionByZero: out.count(7, 1)
      case .arrayOutOfBounds: out.count(7, 2)
      case .kernelStack: out.count(7, 3)
      case .userStack: out.count(7, 4)
      case .cpuCountMismatch: out.count(7, 5)
      }
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let format = message.text(2)
    switch try message.count(1) {
    case 0: self = .printf(format: format)
    case 1: self = .errorf(format: format)
    case 2: self = .warnf(format: format)
    case 3: self = .system(format: format)
    case 4: self = .cat(format: format)
    case 5: self = .printValue
    case 6:
      let top = try message.count(4)
      self = .printMap(
        map: try message.count(3), top: top == 0 ? nil : top - 1,
        divisor: message.flag(5) ? message.signed(6) : nil)
    case 7: self = .clearMap(map: try message.count(3))
    case 8: self = .zeroMap(map: try message.count(3))
    case 9: self = .time(format: format)
    case 10: self = .join(separator: format)
    case 11: self = .exit
    case 13: self = .printTable(map: try message.count(3), format: format)
    case 12:
      switch try message.count(7) {
      case 0: self = .runtimeError(.helper(RuntimeFailure.HelperFailure(helper: format)))
      case 1: self = .runtimeError(.divisionByZero)
      case 2: self = .runtimeError(.arrayOutOfBounds)
      case 3: self = .runtimeError(.kernelStack)
      case 4: self = .runtimeError(.userStack)
      case 5: self = .runtimeError(.cpuCountMismatch)
      case let other: throw .malformed("runtime failure \(other) is unknown")
      }
    case let other: throw .malformed("event kind \(other) is unknown")
    }
  }
}

extension LoadTimeConstant {
  func write(_ out: inout WireWriter) {
    func source(_ kind: Int, _ name: String = "") {
      out.count(1, kind)
      out.text(2, name)
    }
    switch self.source {
    case .option(let name): source(0, name)
    case .positional(let number):
      source(1)
      out.count(3, number)
    case .positionalCount: source(2)
    case .targetPID: source(3)
    case .childPID: source(4)
    case .pidNamespaceDevice: source(5)
    case .pidNamespaceInode: source(6)
    case .kernelSymbol(let name): source(7, name)
    case .cgroupID(let path): source(8, path)
    case .possibleCPUs: source(9)
    case .startTime: source(10)
    case .taiOffset: source(11)
    case .feature(let name): source(12, name)
    case .attachPointExists(let name): source(13, name)
    case .usesTaskFilter(let filter):
      source(14)
      out.count(8, filter.rawValue)
    case .fieldOffset(let field, let filter):
      source(15, field)
      out.count(8, filter.rawValue)
    }
    if case .string(let capacity) = shape { out.count(4, capacity) }
    out.count(5, offset)
    out.signed(6, defaultInteger)
    out.text(7, defaultString)
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let name = message.text(2)
    let source: Source =
      switch try message.count(1) {
      case 0: .option(name)
      case 1: .positional(try message.count(3))
      case 2: .positionalCount
      case 3: .targetPID
      case 4: .childPID
      case 5: .pidNamespaceDevice
      case 6: .pidNamespaceInode
      case 7: .kernelSymbol(name)
      case 8: .cgroupID(name)
      case 9: .possibleCPUs
      case 10: .startTime
      case 11: .taiOffset
      case 12: .feature(name)
      case 13: .attachPointExists(name)
      case 14: .usesTaskFilter(try TaskFilter(message))
      case 15: .fieldOffset(name, for: try TaskFilter(message))
      case let other: throw .malformed("constant source \(other) is unknown")
      }
    let capacity = try message.count(4)
    self.init(
      source: source, shape: capacity == 0 ? .integer : .string(capacity: capacity),
      offset: try message.count(5), defaultInteger: message.signed(6),
      defaultString: message.text(7))
  }
}

extension TaskFilter {
  /// The filter that a constant is for.
  fileprivate init(_ message: WireMessage) throws(ManifestError) {
    let number = try message.count(8)
    guard let filter = TaskFilter(rawValue: number) else {
      throw .malformed("task filter \(number) is unknown")
    }
    self = filter
  }
}

extension ScriptOption {
  func write(_ out: inout WireWriter) {
    out.text(1, name)
    out.text(2, description)
    switch defaultValue {
    case .boolean(let value):
      out.count(3, 0)
      out.flag(4, value)
    case .unsigned(let value):
      out.count(3, 1)
      out.unsigned(5, value)
    case .signed(let value):
      out.count(3, 2)
      out.signed(6, value)
    case .string(let value):
      out.count(3, 3)
      out.text(7, value)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let value: Value =
      switch try message.count(3) {
      case 0: .boolean(message.flag(4))
      case 1: .unsigned(message.unsigned(5))
      case 2: .signed(message.signed(6))
      case 3: .string(message.text(7))
      case let other: throw .malformed("option kind \(other) is unknown")
      }
    self.init(name: message.text(1), defaultValue: value, description: message.text(2))
  }
}

extension ScriptPosition {
  func write(_ out: inout WireWriter) {
    out.text(1, file)
    out.count(2, line)
    out.count(3, columns.lowerBound)
    out.count(4, columns.count)
    out.text(5, text)
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let first = try message.count(3)
    self.init(
      file: message.text(1), line: try message.count(2),
      columns: first..<(first + (try message.count(4))), text: message.text(5))
  }
}

extension FieldPath {
  func write(_ out: inout WireWriter) {
    out.unsigned(1, UInt64(rootKind.rawValue))
    out.text(2, root)
    for step in steps {
      out.message(3) {
        switch step {
        case .member(let name, let target):
          $0.text(1, name)
          $0.message(3, target.write)
        case .element(let index, let target):
          $0.count(2, index + 1)
          $0.message(3, target.write)
        }
      }
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let kind = RootKind(rawValue: UInt8(truncatingIfNeeded: message.unsigned(1)))
    guard let kind else { throw .malformed("a field path's kind is unknown") }
    let steps = try message.messages(3) { step throws(ManifestError) in
      let target = try Target(step.required(3, "a field's type"))
      let index = try step.count(2)
      return index > 0 ? Step.element(index - 1, target) : Step.member(step.text(1), target)
    }
    self.init(rootKind: kind, root: message.text(2), steps: steps)
  }
}

extension FieldPath.Target {
  func write(_ out: inout WireWriter) {
    switch self {
    case .integer(let bytes, let signed):
      out.count(1, 0)
      out.count(2, bytes)
      out.flag(3, signed)
    case .pointer: out.count(1, 1)
    case .structure(let name):
      out.count(1, 2)
      out.text(4, name)
    case .union(let name):
      out.count(1, 3)
      out.text(4, name)
    case .enumeration(let bytes):
      out.count(1, 4)
      out.count(2, bytes)
    case .array(let element, let count):
      out.count(1, 5)
      out.count(2, count)
      out.message(5, element.write)
    }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    let size = try message.count(2)
    switch try message.count(1) {
    case 0: self = .integer(bytes: size, signed: message.flag(3))
    case 1: self = .pointer
    case 2: self = .structure(name: message.text(4))
    case 3: self = .union(name: message.text(4))
    case 4: self = .enumeration(bytes: size)
    case 5:
      self = .array(
        element: try FieldPath.Target(message.required(5, "an array's element")), count: size)
    case let other: throw .malformed("field type \(other) is unknown")
    }
  }
}

extension RuntimeConfiguration {
  func write(_ out: inout WireWriter) {
    out.unsigned(1, UInt64(missingProbes.rawValue))
    out.flag(2, printMapsOnExit)
    out.unsigned(3, ringBufferPages)
    out.text(4, stringTruncationTrailer)
    out.unsigned(5, maxCatBytes)
    out.flag(6, demangle)
    out.unsigned(7, maxProbes)
    out.unsigned(8, logSize)
    if let userSymbolCache { out.unsigned(9, UInt64(userSymbolCache.rawValue) + 1) }
  }

  init(_ message: WireMessage) throws(ManifestError) {
    self.init()
    missingProbes =
      MissingProbes(rawValue: UInt8(truncatingIfNeeded: message.unsigned(1))) ?? .error
    printMapsOnExit = message.flag(2)
    ringBufferPages = message.unsigned(3)
    stringTruncationTrailer = message.text(4)
    maxCatBytes = message.unsigned(5)
    demangle = message.flag(6)
    maxProbes = message.unsigned(7)
    logSize = message.unsigned(8)
    let cache = message.unsigned(9)
    if cache > 0 {
      userSymbolCache = UserSymbolCache(rawValue: UInt8(truncatingIfNeeded: cache - 1))
    }
  }
}
