internal import TraceIR
internal import TraceModel

/// A function as LLVM knows it.
struct DeclaredFunction {
  var function: LLVMValue
  var type: LLVMType
  var subprogram: LLVMMetadata
}

/// Translates one module of our IR into one of LLVM's.
final class ModuleTranslator {
  let unit: LLVMUnit
  let module: IRModule
  private let manifest: Manifest
  private let file: LLVMMetadata
  private let debugUnit: LLVMMetadata
  private let fields: FieldTypes

  private(set) var maps: [LLVMValue] = []
  private(set) var constants: LLVMValue?
  /// By index in the module; nil for what nothing calls.
  private(set) var functions: [DeclaredFunction?] = []
  /// By index in the module.
  private var externals: [DeclaredFunction] = []
  private var literals: [[UInt8]: LLVMValue] = [:]
  private var count: (function: LLVMValue, type: LLVMType)?
  /// Beyond the numbers that LLVM's own passes give out.
  private var pins = 1 << 24

  init(module: IRModule, manifest: Manifest, flavour: Int) {
    unit = LLVMUnit(name: module.name)
    self.module = module
    self.manifest = manifest
    (file, debugUnit) = unit.addSource(
      name: module.name, lines: module.lines, producer: manifest.producer)
    fields = FieldTypes(module.fields, flavour: flavour)
  }

  /// Translates everything into the unit.
  func translate() {
    fields.describe(in: unit, file: file)
    addLicense()
    addManifest()
    addConstants()
    maps = module.maps.map(addMap)
    externals = module.externals.map(declare)
    let called = calledFunctions
    functions = module.functions.indices.map { called.contains($0) ? declareFunction($0) : nil }
    addCount()
    for index in module.functions.indices {
      guard let declared = functions[index] else { continue }
      let translator = FunctionTranslator(
        self, index: index, function: declared.function, subprogram: declared.subprogram)
      translator.translate()
    }
  }

  /// Whether the object will be linked to others: the linker wants BTF of every symbol that these can see.
  private var isLinked: Bool { module.isLinked }

  // MARK: What is not code

  private func addLicense() {
    _ = unit.global(
      "LICENSE", bytes: Array(module.license.utf8) + [0], section: "license",
      isPrivate: isLinked, alignment: 1)
  }

  private func addManifest() {
    _ = unit.global(
      "BT_MANIFEST", bytes: manifest.encoded, section: ObjectSymbol.manifestSection,
      isPrivate: isLinked, alignment: 1)
  }

  /// All load-time constants as one object, each with its default value.
  private func addConstants() {
    guard !module.constants.isEmpty else { return }
    var bytes: [UInt8] = []
    for constant in module.constants {
      let size = (constant.shape.size + 7) / 8 * 8
      bytes += Array(repeating: 0, count: max(0, constant.offset + size - bytes.count))
      let value: [UInt8] =
        switch constant.shape {
        case .integer:
          (0..<8).map { UInt8(truncatingIfNeeded: constant.defaultInteger >> ($0 * 8)) }
        case .string(let capacity):
          Array(constant.defaultString.utf8.prefix(max(0, capacity - 1)))
        }
      bytes.replaceSubrange(constant.offset..<(constant.offset + value.count), with: value)
    }
    constants = unit.global(
      ObjectSymbol.constants, bytes: bytes, section: ObjectSymbol.constantsSection,
      isPrivate: isLinked, isFixed: false, alignment: 8)
  }

  /// Read-only bytes, each text once.
  func literal(_ bytes: [UInt8]) -> LLVMValue {
    if let known = literals[bytes] { return known }
    let global = unit.global(
      "literal.\(literals.count)", bytes: bytes, section: ".rodata", isPrivate: true, alignment: 8)
    literals[bytes] = global
    return global
  }

  /// A map as libbpf reads it from BTF: a structure of pointers whose types carry the numbers.
  private func addMap(_ map: IRMap) -> LLVMValue {
    var members: [DebugMember] = []
    let int = unit.debugInteger("int", bytes: 4, signed: true)
    func add(_ name: String, _ type: LLVMMetadata) {
      members.append(
        DebugMember(
          name: name, type: unit.debugPointer(to: type), size: 8, offset: members.count * 8))
    }
    func add(_ name: String, number: Int) {
      add(name, unit.debugArray(int, elementSize: 4, count: number))
    }
    add("type", number: map.kind.kernelType)
    add("max_entries", number: map.maxEntries)
    if map.keySize > 0 { add("key", bytesType(map.keySize)) }
    if map.valueSize > 0 { add("value", bytesType(map.valueSize)) }
    let type = unit.debugStructure(
      "", isUnion: false, size: members.count * 8, members, in: file)
    let expression = unit.debugGlobal(map.symbol, type: type, in: file, unit: debugUnit)
    return unit.mapGlobal(
      map.symbol, pointers: members.count, section: ".maps", expression: expression)
  }

  private func bytesType(_ size: Int) -> LLVMMetadata {
    switch size {
    case 4: return unit.debugInteger("unsigned int", bytes: 4, signed: false)
    case 8: return unit.debugInteger("unsigned long", bytes: 8, signed: false)
    default:
      let byte = unit.debugInteger("unsigned char", bytes: 1, signed: false)
      return unit.debugArray(byte, elementSize: 1, count: size)
    }
  }

  // MARK: Functions

  /// Programs, and what something reachable calls.
  private var calledFunctions: Set<Int> {
    var called: Set<Int> = []
    var open = module.functions.indices.filter {
      if case .program = module.functions[$0].role { true } else { false }
    }
    while let index = open.popLast() {
      guard called.insert(index).inserted else { continue }
      let function = module.functions[index]
      for (block, isReachable) in zip(function.blocks, function.reachableBlocks) where isReachable {
        for instruction in block.instructions {
          switch instruction.operation {
          case .forEach(_, let callee, _), .loop(_, let callee, _), .call(let callee, _):
            open.append(callee)
          default: break
          }
        }
      }
    }
    return called
  }

  /// A type of a parameter or result, for the code and for BTF.
  private struct Shape {
    var type: LLVMType
    var debug: LLVMMetadata
  }

  private func declareFunction(_ index: Int) -> DeclaredFunction {
    let function = module.functions[index]
    let pointer = Shape(type: unit.pointerType, debug: unit.debugPointer())
    let word = Shape(
      type: unit.integerType(bits: 64),
      debug: unit.debugInteger("unsigned long", bytes: 8, signed: false))
    let int = Shape(
      type: unit.integerType(bits: 32), debug: unit.debugInteger("int", bytes: 4, signed: true))
    let long = Shape(
      type: unit.integerType(bits: 64), debug: unit.debugInteger("long", bytes: 8, signed: true))
    let parameters: [(name: String, shape: Shape)]
    let result: Shape
    var section: String?
    let isInlined = if case .subprogram = function.role { false } else { true }
    switch function.role {
    case .program(let label):
      section = ObjectSymbol.programSectionPrefix + label
      (parameters, result) = ([("ctx", pointer)], int)
    case .subprogram(let types):
      parameters = types.enumerated().map { ("arg\($0)", $1 == .pointer ? pointer : word) }
      result = long
    case .loop: (parameters, result) = ([("index", word), ("frame", pointer)], long)
    case .forEach:
      parameters = [("map", pointer), ("key", pointer), ("value", pointer), ("frame", pointer)]
      result = long
    }
    let line =
      function.blocks.lazy.flatMap(\.instructions).map(\.line).first { $0 > 0 } ?? 1
    let subprogram = unit.debugFunction(
      function.name, parameters: parameters.map { ($0.name, $0.shape.debug) },
      returns: result.debug,
      isStatic: section == nil, line: line, in: file)
    let type = unit.functionType(parameters.map(\.shape.type), returns: result.type)
    return DeclaredFunction(
      function: unit.addFunction(
        function.name, type: type, section: section, subprogram: subprogram, inlined: isInlined),
      type: type, subprogram: subprogram)
  }

  /// Calls a function of the module.
  func call(_ index: Int, _ arguments: [LLVMValue]) -> LLVMValue {
    guard let declared = functions[index] else {
      preconditionFailure("function \(index) was not declared")
    }
    return unit.call(declared.function, type: declared.type, arguments)
  }

  /// Declares a function that the linker or the loader will find. It takes and returns whole registers; what C makes of
  /// them is in the debug information only, by which the linker compares.
  private func declare(_ external: IRExternalFunction) -> DeclaredFunction {
    let subprogram = unit.debugDeclaration(
      external.name, parameters: external.parameters.map { debugType($0.type) },
      returns: debugType(external.result), in: file)
    let word = unit.integerType(bits: 64)
    let type = unit.functionType(external.parameters.map { _ in word }, returns: word)
    return DeclaredFunction(
      function: unit.declareFunction(
        external.name, type: type, section: external.owner == .kernel ? ".ksyms" : nil,
        subprogram: subprogram),
      type: type, subprogram: subprogram)
  }

  /// - Returns: Nil for `void`.
  private func debugType(_ type: IRForeignType) -> LLVMMetadata? {
    switch type {
    case .void: nil
    case .integer(let bytes, let signed):
      unit.debugInteger("\(signed ? "s" : "u")\(bytes * 8)", bytes: bytes, signed: signed)
    case .boolean: unit.debugInteger("u8", bytes: 1, signed: false)
    case .pointer(let target): unit.debugPointer(to: debugType(target))
    case .structure(let name, let isUnion):
      unit.debugForwardDeclaration(name, isUnion: isUnion, in: file)
    case .enumeration(let name, let bytes):
      unit.debugEnumeration(
        name, bytes: bytes, signed: false, enumerators: ["bt_\(name)"], in: file)
    }
  }

  /// Calls a function of another object, or of the kernel.
  func call(external index: Int, _ arguments: [LLVMValue]) -> LLVMValue {
    unit.call(externals[index].function, type: externals[index].type, arguments)
  }

  /// The function that adds one to the counter whose number it is given.
  ///
  /// It is called where something is to be counted, so the usual path of an event has no more than the
  /// helper's call and a comparison.
  private func addCount() {
    guard let counters = module.map(ObjectSymbol.counters) else { return }
    let name = "bt_count"
    let word = unit.integerType(bits: 64)
    let subprogram = unit.debugFunction(
      name,
      parameters: [("counter", unit.debugInteger("unsigned long", bytes: 8, signed: false))],
      returns: unit.debugInteger("long", bytes: 8, signed: true),
      isStatic: true, line: 1, in: file)
    let type = unit.functionType([word], returns: word)
    let function = unit.addFunction(
      name, type: type, section: nil, subprogram: subprogram, inlined: false)
    unit.position(at: unit.addBlock("entry", to: function))
    unit.setLine(1, in: subprogram)
    let (found, missing) = (
      unit.addBlock("found", to: function), unit.addBlock("missing", to: function)
    )
    let key = unit.allocate(unit.integerType(bits: 32), name: "key")
    let number = unit.truncate(
      unit.parameter(0, of: function), to: unit.integerType(bits: 32))
    unit.store(number, to: key, alignment: 4)
    let counter = unit.callHelper(
      .mapLookup, [maps[counters], key], returns: unit.pointerType)
    let isFound = unit.compare(.notEqual, counter, unit.null(unit.pointerType))
    unit.branch(if: isFound, then: found, else: missing)
    unit.position(at: found)
    // A program that interrupts this one on its CPU may be counting too.
    unit.atomicAdd(unit.integer(1, bits: 64), to: counter, alignment: 8)
    unit.branch(to: missing)
    unit.position(at: missing)
    unit.return(unit.integer(0, bits: 64))
    count = (function, type)
  }

  /// Adds one to a counter of the CPU that runs the code.
  func count(_ counter: RunCounter) {
    guard let count else { preconditionFailure("the module has no counters") }
    let number = unit.integer(Int64(module.counters.index(of: counter)), bits: 64)
    unit.call(count.function, type: count.type, [number])
  }

  /// The address of a field of the structure at `base`.
  func address(of path: FieldPath, base: LLVMValue) -> LLVMValue {
    fields.address(of: path, base: base, in: unit, file: file)
  }

  /// The loader's answer to a question about a type: 32 bits.
  func typeInfo(_ question: Int, of path: FieldPath) -> LLVMValue {
    unit.typeInfo(
      question, of: fields.structure(of: path, in: unit, file: file), number: nextPin())
  }

  /// The loader's answer to a question about an enumerator: 64 bits.
  func enumeratorInfo(_ question: Int, of path: FieldPath) -> LLVMValue {
    let (enumeration, text) = fields.enumerator(of: path, in: unit, file: file)
    return unit.enumeratorInfo(question, text, of: enumeration, number: nextPin())
  }

  /// A number that no other pin of the module has.
  func nextPin() -> Int {
    pins += 1
    return pins
  }
}

/// What helpers for ring buffers are told (`BPF_RB_*`).
enum RingBufferFlags {
  /// Ask for the bytes that have been written and not yet read.
  static let usedBytes = 0
  /// Wake up the reader, wherever it is.
  static let forceWakeup = 2
}

extension IRModule {
  /// The index of the constant with the room that events of an urgency may fill; nil if they may fill
  /// the buffer.
  func room(for urgency: EventUrgency) -> Int? {
    constants.firstIndex { $0.source == .eventRoom(urgency) }
  }
}
