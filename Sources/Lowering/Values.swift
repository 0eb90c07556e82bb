import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Values in program memory: how they are read, written and converted.
///
/// Texts and buffers are kept with zeros behind their end, tuples with zeros between their elements,
/// so that equal values have equal bytes and may be keys as they are.
extension BodyLowering {
  // MARK: Pieces of memory

  /// A slot's address, which is a multiple of 8.
  func address(of slot: IRSlotID) -> IRValue {
    let pointer = builder.address(of: slot)
    alignedPointers.insert(FunctionValue(function: builder.function, value: pointer))
    return pointer
  }

  func isAligned(_ pointer: IRValue) -> Bool {
    alignedPointers.contains(FunctionValue(function: builder.function, value: pointer))
  }

  /// A place so many bytes behind a pointer, known to be a multiple of 8 if both are.
  func place(_ bytes: Int, behind pointer: IRValue) -> IRValue {
    let place = builder.offset(pointer, by: bytes)
    if isAligned(pointer), bytes % 8 == 0 {
      alignedPointers.insert(FunctionValue(function: builder.function, value: place))
    }
    return place
  }

  /// Memory until the end of the statement; its bytes are anything.
  func scratch(bytes: Int) -> IRValue {
    address(of: memory.take(size: bytes))
  }

  /// Memory until the end of the statement, all zero.
  func zeroed(bytes: Int) -> IRValue {
    let pointer = scratch(bytes: bytes)
    builder.zero(pointer, bytes: max(bytes, 1))
    return pointer
  }

  /// The register type of a scalar.
  func irType(_ type: ScriptType) -> IRType { .integer(bytes: type.scalarBytes) }

  /// The elements of a tuple or record: where they lie, and their types.
  func elements(_ type: ScriptType) -> [(name: String, offset: Int, type: ScriptType)] {
    let members: [(String, ScriptType)] =
      switch type {
      case .tuple(let types): types.map { ("", $0) }
      case .record(let fields): fields.map { ($0.name, $0.type) }
      default: []
      }
    let packed = ValueLayout.pack(members.map { ($0.0, script.layout(of: $0.1, at: currentRange)) })
    return zip(members, packed.fields).map { ($0.0, $1.offset, $0.1) }
  }

  /// Whether there are bytes of a tuple that belong to no element.
  func hasGaps(_ type: ScriptType) -> Bool {
    elements(type).reduce(0) { $0 + size($1.type) } != size(type)
  }

  /// Memory for the value of an expression: where it will be stored if somebody offered that place, else
  /// until the end of the statement; its bytes are anything.
  ///
  /// Whoever takes an offered place writes all bytes of the value, and reads nothing that may lie there.
  func memory(forValueOf id: ExprID, bytes: Int) -> IRValue {
    guard let offered = offer, offered.expression == id else { return scratch(bytes: bytes) }
    offer = nil
    return offered.place
  }

  // MARK: Reading

  /// The value of nothing: zero, or empty.
  func zero(_ type: ScriptType) -> LoweredValue {
    switch type {
    case _ where type.isScalar: .scalar(.integer(0, irType(type)))
    case .none, .void, .word, .unresolved, .poison, .arguments: .none
    default: .memory(zeroed(bytes: size(type)))
    }
  }

  /// The value of that type at a pointer to program memory.
  func load(_ type: ScriptType, at pointer: IRValue) -> LoweredValue {
    switch type {
    case _ where type.isScalar: .scalar(builder.load(irType(type), from: pointer))
    case .none, .void, .word, .unresolved, .poison, .arguments: .none
    default: .memory(pointer)
    }
  }

  /// A value as a number of 64 bits, extended by the sign of its type.
  func integer(_ value: LoweredValue, _ type: ScriptType) -> IRValue {
    switch value {
    case .scalar(let scalar): return builder.resize(scalar, to: .i64, signed: type.isSigned)
    case .memory(let pointer):
      let bytes = size(type)
      guard [1, 2, 4, 8].contains(bytes) else { return builder.address(of: pointer) }
      return builder.resize(
        builder.load(.integer(bytes: bytes), from: pointer), to: .i64, signed: type.isSigned)
    case .remote(let address, _): return address
    case .none: return .word(0)
    }
  }

  /// A value as a number of 64 bits.
  func integer(_ id: ExprID) -> IRValue {
    if let bits = facts(id).constant?.bits { return .word(bits) }
    return integer(value(id), type(id))
  }

  /// Whether a value holds as a condition.
  func truth(_ value: LoweredValue, _ type: ScriptType) -> IRValue {
    if case .scalar(let scalar) = value { return builder.isNonzero(scalar) }
    return builder.isNonzero(integer(value, type))
  }

  /// The bytes of a value in program memory.
  func bytes(of value: LoweredValue, _ type: ScriptType) -> IRValue {
    if case .memory(let pointer) = value { return pointer }
    let pointer = scratch(bytes: size(type))
    store(value, type, to: pointer, as: type)
    return pointer
  }

  // MARK: Writing

  /// Writes the value of an expression as a type that holds it.
  func store(_ id: ExprID, to pointer: IRValue, as target: ScriptType) {
    if let constant = facts(id).constant, store(constant, to: pointer, as: target) { return }
    switch (tree[id].kind, target) {
    case (.tuple(let members), .tuple(let types)) where members.count == types.count:
      zeroGaps(of: target, at: pointer)
      for (member, element) in zip(members, elements(target)) {
        store(member, to: builder.offset(pointer, by: element.offset), as: element.type)
      }
    case (.record(let fields), .record):
      zeroGaps(of: target, at: pointer)
      for element in elements(target) {
        guard let field = fields.first(where: { $0.name.name == element.name }) else { continue }
        store(field.value, to: builder.offset(pointer, by: element.offset), as: element.type)
      }
    case (.shown(let inner, let condition), _):
      builder.if(
        builder.isNonzero(holds(condition)),
        then: { store(inner, to: pointer, as: target) },
        else: { builder.zero(pointer, bytes: max(size(target), 1)) })
    case _ where type(id) == target && target.isInMemory && size(target) > 8:
      let outer = offer
      offer = (id, pointer)
      let found = value(id)
      offer = outer
      if found != .memory(pointer) { store(found, target, to: pointer, as: target) }
    default: store(value(id), type(id), to: pointer, as: target)
    }
  }

  /// Makes the bytes of a tuple or record zero that belong to none of its elements.
  func zeroGaps(of type: ScriptType, at pointer: IRValue) {
    var end = 0
    func zero(upTo offset: Int) {
      guard offset > end else { return }
      builder.zero(builder.offset(pointer, by: end), bytes: offset - end)
    }
    for element in elements(type).sorted(by: { $0.offset < $1.offset }) {
      zero(upTo: element.offset)
      end = element.offset + size(element.type)
    }
    zero(upTo: size(type))
  }

  /// Writes a constant; false if that takes more than writing.
  func store(_ constant: Constant, to pointer: IRValue, as target: ScriptType) -> Bool {
    switch (constant, target) {
    case (.string(let text), .string(let capacity)):
      let kept = text.prefix { $0 != 0 }.prefix(max(capacity - 1, 0))
      if kept.isEmpty {
        builder.zero(pointer, bytes: capacity)
        return true
      }
      builder.copy(
        to: pointer, from: builder.emit(.literal(Array(kept) + [0])), bytes: kept.count + 1)
      let rest = capacity - kept.count - 1
      if rest > 0 {
        builder.zero(builder.offset(pointer, by: kept.count + 1), bytes: rest)
      }
      return true
    case (.boolean(let value), .boolean):
      builder.store(.integer(value ? 1 : 0, .i8), to: pointer)
      return true
    case (.record(let fields), .record):
      if hasGaps(target) { builder.zero(pointer, bytes: size(target)) }
      for element in elements(target) {
        guard let field = fields.first(where: { $0.name == element.name }),
          store(
            field.value, to: builder.offset(pointer, by: element.offset), as: element.type)
        else { return false }
      }
      return true
    case (_, .integer), (_, .enumeration), (_, .pointer):
      guard let bits = constant.bits else { return false }
      builder.store(builder.resize(.word(bits), to: irType(target), signed: true), to: pointer)
      return true
    default: return false
    }
  }

  /// Writes a value of one type as another type that holds it.
  func store(
    _ value: LoweredValue, _ type: ScriptType, to pointer: IRValue, as target: ScriptType
  ) {
    switch value {
    case .none:
      if size(target) > 0 { builder.zero(pointer, bytes: size(target)) }
    case .scalar(let scalar): store(scalar, type, to: pointer, as: target)
    case .memory(let source): store(bytesAt: source, type, to: pointer, as: target)
    case .remote(let address, let space):
      let given = size(type)
      let room = size(target)
      if given < room { builder.zero(pointer, bytes: room) }
      read(min(given, room), to: pointer, from: address, space)
    }
  }

  private func store(
    _ scalar: IRValue, _ type: ScriptType, to pointer: IRValue, as target: ScriptType
  ) {
    switch target {
    case .boolean:
      let truth = type == .boolean && scalar.type == .i8 ? scalar : builder.isNonzero(scalar)
      builder.store(builder.resize(truth, to: .i8, signed: false), to: pointer)
    case _ where target.isScalar:
      builder.store(
        builder.resize(scalar, to: irType(target), signed: type.isSigned), to: pointer)
    default:
      // A number as bytes: an array of small numbers, or a user's id with its name.
      let bytes = size(target)
      if bytes > 8 { builder.zero(pointer, bytes: bytes) }
      let width = [8, 4, 2, 1].first { $0 <= bytes } ?? 8
      guard bytes > 0 else { return }
      builder.store(
        builder.resize(scalar, to: .integer(bytes: width), signed: type.isSigned), to: pointer)
    }
  }

  private func store(
    bytesAt source: IRValue, _ type: ScriptType, to pointer: IRValue, as target: ScriptType
  ) {
    if type == target { return builder.copy(to: pointer, from: source, bytes: size(target)) }
    switch (type, target) {
    case (.string(let given), .string(let room)):
      copy(given, from: source, to: pointer, room)
      if given > room, room > 0 {
        builder.store(.integer(0, .i8), to: builder.offset(pointer, by: room - 1))
      }
    case (.buffer(let given), .buffer(let room)):
      copy(given + 4, from: source, to: pointer, room + 4)
      if given > room {
        let length = builder.load(.i32, from: source)
        let most = IRValue.integer(Int64(room), .i32)
        builder.store(
          builder.select(builder.compare(.less, length, most), length, most), to: pointer)
      }
    case (.tuple, .tuple), (.record, .record):
      if hasGaps(target) { builder.zero(pointer, bytes: size(target)) }
      let sources = elements(type)
      for (index, element) in elements(target).enumerated() {
        guard
          let from = element.name.isEmpty
            ? (index < sources.count ? sources[index] : nil)
            : sources.first(where: { $0.name == element.name })
        else { continue }
        store(
          load(from.type, at: builder.offset(source, by: from.offset)), from.type,
          to: builder.offset(pointer, by: element.offset), as: element.type)
      }
    case (.array(let from, let given), .array(let to, let room)) where from != to:
      if given < room { builder.zero(pointer, bytes: size(target)) }
      for index in 0..<min(given, room) {
        store(
          load(from, at: builder.offset(source, by: index * size(from))), from,
          to: builder.offset(pointer, by: index * size(to)), as: to)
      }
    case (_, _) where target.isScalar:
      store(
        builder.resize(integer(.memory(source), type), to: irType(target), signed: false), target,
        to: pointer, as: target)
    default: copy(size(type), from: source, to: pointer, size(target))
    }
  }

  /// Copies what there is and room for, and makes the rest zero.
  private func copy(_ given: Int, from source: IRValue, to pointer: IRValue, _ room: Int) {
    builder.copy(to: pointer, from: source, bytes: min(given, room))
    if room > given { builder.zero(builder.offset(pointer, by: given), bytes: room - given) }
  }
}
