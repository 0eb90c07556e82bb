import BTF
import Diagnostics
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let tracepoint = ProbeType(
    name: "tracepoint", shortNames: ["t"], summary: "A tracepoint of the kernel.",
    details:
      "Written `tracepoint:CATEGORY:EVENT`. Its fields are those of `args`; `-lv` lists them.",
    isListedByDefault: true,
    point: { $0.count == 2 ? .tracepoint(category: $0[0], event: $0[1]) : nil },
    resolve: resolveTracepoint,
    list: { query throws(MachineError) in
      let (category, event) = patterns(query.parts)
      var result: [ListedProbe] = []
      for name in try query.kernel.tracepoints(category: category, event: event) {
        result.append(
          ListedProbe(
            name: "tracepoint:\(name.category):\(name.event)",
            arguments: query.wantsArguments ? try query.kernel.tracepointDeclarations(name) : []))
      }
      return .probes(result)
    }, together: systemCalls)

  /// One part means any category.
  private static func patterns(_ parts: [String]) -> (NamePattern, NamePattern) {
    switch parts.count {
    case 0: (.any, .any)
    case 1: (.any, NamePattern(parts[0].isEmpty ? "*" : parts[0]))
    default:
      (
        NamePattern(parts[0].isEmpty ? "*" : parts[0]),
        NamePattern(parts[1].isEmpty ? "*" : parts[1])
      )
    }
  }

  private static func resolveTracepoint(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution
  ) -> ResolvedProbes {
    var targets = syntax.targets
    if targets.count == 1, targets[0].contains("*") { targets.insert("*", at: 0) }
    guard targets.count == 2 else {
      return .error(
        "attach-point-parts",
        "tracepoint probe type requires 2 arguments, found \(targets.count)", syntax)
    }
    if targets.contains("") {
      return ResolvedProbes(missing: "tracepoint \(targets[0]):\(targets[1])")
    }
    let (category, event) = patterns(targets)
    do throws(MachineError) {
      let names: [TracepointName]
      if category.isExact, event.isExact {
        names = [TracepointName(category: targets[0], event: targets[1])]
      } else {
        names = try resolution.kernel.tracepoints(category: category, event: event)
      }
      var probes: [ResolvedAttachPoint] = []
      var numbers: [String: Int] = [:]
      for name in names {
        guard let format = try resolution.kernel.tracepointFormat(name) else {
          return ResolvedProbes(
            missing: "tracepoint \(targets[0]):\(targets[1])",
            suggestion: try nearest(to: name, resolution))
        }
        var probe = try attachPoint(name, format, resolution)
        // A call that is too new for our table must not keep the others from one program.
        if names.count > 1, let call = SystemCallEvent(name) {
          if numbers.isEmpty { numbers = resolution.architecture.systemCallNumbers }
          if numbers[String(call.function)] == nil { probe.family = "" }
        }
        probes.append(probe)
      }
      return ResolvedProbes(
        probes: probes,
        binding: category.isExact && event.isExact ? nil : syntax.expanded)
    } catch {
      return .error("tracefs", "\(error)", syntax)
    }
  }

  /// A tracepoint of nearly that name: the category may be wrong, or the event, or a little of both.
  private static func nearest(
    to name: TracepointName, _ resolution: ProbeResolution
  ) throws(MachineError) -> String? {
    let all = try resolution.kernel.tracepoints(category: .any, event: .any)
    let sameEvent = all.first { $0.event == name.event }
    let sameCategory = all.filter { $0.category == name.category }
    func text(_ name: TracepointName) -> String { "\(name.category):\(name.event)" }
    let found =
      sameEvent.map(text)
      ?? NearestName.of(name.event, among: sameCategory.map(\.event)).map {
        "\(name.category):\($0)"
      } ?? NearestName.of(text(name), among: all.map(text))
    return found.map { "tracepoint:\($0)" }
  }

  private static func attachPoint(
    _ name: TracepointName, _ format: TracepointFormat, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedAttachPoint {
    let fields = TracepointFields(name: name, format: format, resolution: resolution)
    var arguments = try fields.all()
    let threads = name.category == "sched" ? ThreadField.of(name.event) : [:]
    for index in arguments.indices { arguments[index].thread = threads[arguments[index].name] }
    var context = ContextShape(arguments: arguments, space: fields.space)
    context.argumentsArePrintable = false
    return ResolvedAttachPoint(
      probeType: "tracepoint", name: "tracepoint:\(name.category):\(name.event)",
      points: [.tracepoint(category: name.category, event: name.event)],
      programs: [
        ProbeProgram(
          .tracepoint, label: programLabel("tracepoint", "\(name.category)/\(name.event)"),
          context: context,
          targetFilter: .predicate, defaultResult: 1)
      ],
      substitutes: try rawTracepoints(insteadOf: name, arguments, resolution),
      family: SystemCallEvent(name)?.end.rawValue ?? "")
  }
}

/// The fields of a tracepoint's record as fields of `args`.
///
/// Where the kernel's type information knows the record, fields are found by name when the program is
/// loaded; the records of system calls have a fixed form of their own.
private struct TracepointFields {
  let name: TracepointName
  let format: TracepointFormat
  let resolution: ProbeResolution

  /// Pointers among the arguments of system calls are the caller's, all others the kernel's.
  var space: AddressSpace { name.category == "syscalls" ? .user : .kernel }

  func all() throws(MachineError) -> [ContextField] {
    let record = try record()
    return try format.ownFields.map { field throws(MachineError) in
      if let record, let found = try fromTypes(field, record) { return found }
      return try fromFormat(field)
    }
  }

  // MARK: By the kernel's types

  /// The structure of the record: the one named after the event, or the one of its class, which has
  /// another name but the same members.
  ///
  /// Several classes may look alike. Which of them it is does not depend on the order in which a
  /// kernel has its types: it is the one whose name begins most like the event's, by a word at least.
  private func record() throws(MachineError) -> StructureReference? {
    guard name.category != "syscalls", let btf = try resolution.kernel.btf(nil) else { return nil }
    do {
      if let exact = try btf.tracepointRecord(name.event) {
        return try matches(exact, btf) ? reference(exact, try btf.name(of: exact)) : nil
      }
      let firstWord = name.event.prefix { $0 != "_" }.count
      var best: (id: BTFTypeID, name: String, likeness: Int)?
      try btf.forEachName([.structure], prefix: Self.prefix) { id, found throws(BTFError) in
        let likeness = zip(found.dropFirst(Self.prefix.count), name.event).prefix { $0 == $1 }.count
        guard likeness >= firstWord else { return }
        if let best, (best.likeness, found) >= (likeness, best.name) { return }
        if try matches(id, btf) { best = (id, found, likeness) }
      }
      return best.map { reference($0.id, $0.name) }
    } catch { throw .badBTF(error, module: TypeOrigin.kernel.text) }
  }

  private static let prefix = "trace_event_raw_"

  private func reference(_ id: BTFTypeID, _ name: String) -> StructureReference {
    StructureReference(isUnion: false, name: name, origin: .kernel, type: id.rawValue)
  }

  private func matches(_ id: BTFTypeID, _ btf: BTFTypes) throws(BTFError) -> Bool {
    let members = try btf.members(of: id)
    return format.ownFields.allSatisfy { field in
      members.contains { $0.name == memberName(field) && $0.byteOffset == field.offset }
    }
  }

  private func memberName(_ field: TracepointField) -> String {
    switch field.dynamic {
    case .fromRecord: "__data_loc_\(field.name)"
    case .fromField: "__rel_loc_\(field.name)"
    case nil: field.name
    }
  }

  private func fromTypes(
    _ field: TracepointField, _ record: StructureReference
  ) throws(MachineError) -> ContextField? {
    guard
      let member = try resolution.types.field(memberName(field), of: record, space: space),
      member.bits == nil
    else { return nil }
    let path = FieldPath(root: record.name, steps: [.member(member.name, member.target)])
    if let dynamic = field.dynamic {
      return ContextField(
        name: field.name, type: try dynamicType(field),
        access: .dynamic(location: .field(path), isRelative: dynamic == .fromField),
        declaration: field.declaration)
    }
    switch member.type {
    case .integer, .boolean, .enumeration, .pointer:
      return ContextField(
        name: field.name, type: member.type, access: .field(path), declaration: field.declaration)
    case .string, .array, .structure:
      return ContextField(
        name: field.name, type: member.type, access: .fieldBytes(path),
        declaration: field.declaration)
    default: return nil
    }
  }

  /// Text is text; for other dynamic data the value is its address.
  private func dynamicType(_ field: TracepointField) throws(MachineError) -> ScriptType {
    if field.type.hasSuffix("char") { return .string(capacity: resolution.maxStringLength) }
    return .pointer(
      to: try CTypeText.type(field.type, resolution, space: .kernel) ?? .void, .kernel)
  }

  // MARK: By the format file

  /// System calls have the same arguments at the same places everywhere; else this kernel has its own.
  private var provenanceOfFormat: Provenance {
    name.category == "syscalls"
      ? .everywhere
      : .machine(
        "the fields of tracepoint:\(name.category):\(name.event) are where this kernel's format has them"
      )
  }

  private func fromFormat(_ field: TracepointField) throws(MachineError) -> ContextField {
    func made(_ type: ScriptType, _ access: ContextField.Access) -> ContextField {
      ContextField(
        name: field.name, type: type, access: access, declaration: field.declaration,
        provenance: provenanceOfFormat)
    }
    if let dynamic = field.dynamic {
      return made(
        try dynamicType(field),
        .dynamic(location: .offset(field.offset), isRelative: dynamic == .fromField))
    }
    if let count = field.elementCount {
      if field.type.hasSuffix("char"), count > 0 {
        return made(.string(capacity: count), .bytes(offset: field.offset))
      }
      let size = count > 0 ? field.sizeInBytes / count : 0
      let element: ScriptType =
        [1, 2, 4, 8].contains(size) ? .integer(bytes: size, signed: field.isSigned) : .uint8
      return made(.array(of: element, count: count), .bytes(offset: field.offset))
    }
    if let type = try CTypeText.type(field.type, resolution, space: space),
      type.isScalar, type.scalarBytes <= field.sizeInBytes
    {
      return made(type, .load(offset: field.offset))
    }
    if [1, 2, 4, 8].contains(field.sizeInBytes) {
      return made(
        .integer(bytes: field.sizeInBytes, signed: field.isSigned), .load(offset: field.offset))
    }
    return made(.array(of: .uint8, count: field.sizeInBytes), .bytes(offset: field.offset))
  }
}

/// Types as the format files of tracefs spell them.
enum CTypeText {
  private static let plain: [String: ScriptType] = [
    "char": .int8, "signed char": .int8, "unsigned char": .uint8, "bool": .boolean,
    "short": .integer(bytes: 2, signed: true), "unsigned short": .integer(bytes: 2, signed: false),
    "int": .int32, "unsigned int": .uint32, "unsigned": .uint32, "long": .int64,
    "unsigned long": .uint64, "long long": .int64, "unsigned long long": .uint64,
  ]

  /// The type of a spelling such as `const char *` or `umode_t`, or nil.
  static func type(
    _ text: String, _ resolution: ProbeResolution, space: AddressSpace
  ) throws(MachineError) -> ScriptType? {
    var words = text.split(separator: " ").map { $0 == "*const" ? "*" : String($0) }
    words.removeAll { ["const", "volatile", "__user", "__kernel"].contains($0) }
    if words.last?.hasSuffix("*") == true {
      var target = words.joined(separator: " ")
      target.removeLast()
      while target.last == " " { target.removeLast() }
      return .pointer(to: try type(target, resolution, space: space) ?? .void, space)
    }
    let name = words.joined(separator: " ")
    if let known = plain[name] { return known }
    if name == "void" || name.isEmpty { return .void }
    if words.count == 2, ["struct", "union", "enum"].contains(words[0]) {
      return try resolution.types.named(words[1], keyword: words[0], space: space)
    }
    return words.count == 1
      ? try resolution.types.named(name, keyword: nil, space: space) : nil
  }
}
