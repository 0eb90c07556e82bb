import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Elements of maps that are no aggregations.
extension BodyLowering {
  // MARK: Keys

  /// Writes the key of an element: pointer to its bytes; null for a map without explicit keys.
  func key(of map: Int, _ keys: [ExprID]) -> IRValue {
    guard let type = script.script.maps[map].key else { return .null }
    let only = keys.count == 1 ? origin(keys[0]) : nil
    script.noteKey(
      of: map, thread: only.flatMap(thread), isCPU: only.flatMap(builtin)?.isCPUNumber ?? false)
    if keys.count == 1 { return key(keys[0], type) }
    let pointer = scratch(bytes: size(type))
    storeKey(keys, to: pointer, as: type)
    return pointer
  }

  /// Writes the key that expressions are to a place.
  func storeKey(_ keys: [ExprID], to pointer: IRValue, as type: ScriptType) {
    if keys.count == 1 { return store(keys[0], to: pointer, as: type) }
    zeroGaps(of: type, at: pointer)
    for (key, element) in zip(keys, elements(type)) {
      store(key, to: builder.offset(pointer, by: element.offset), as: element.type)
    }
  }

  /// The function that an expression is without arguments.
  private func builtin(_ id: ExprID) -> Function? {
    if case .call(let call) = tree[id].kind, !call.arguments.isEmpty { return nil }
    guard case .function(let function) = facts(id).meaning else { return nil }
    return function
  }

  /// The expression that a variable always has the value of, or the expression itself.
  private func origin(_ id: ExprID) -> ExprID {
    guard case .variable(let index) = facts(id).meaning,
      let definition = typed.variables[index].definition,
      typed.variables[index].type == type(definition)
    else { return id }
    return origin(definition)
  }

  /// By what the program knows the thread whose id an expression is; nil if it may be something else.
  private func thread(_ id: ExprID) -> ThreadKey? {
    switch (facts(id).meaning, tree[id].kind) {
    case (.function, _): builtin(id)?.isThreadID == true ? .current : nil
    case (.context(let field), _): field.thread?.key(member: nil)
    case (.structureField(let member, _), .field(let base, _)):
      if case .context(let field) = facts(base).meaning {
        field.thread?.key(member: member.name)
      } else {
        nil
      }
    default: nil
    }
  }

  private func key(_ id: ExprID, _ type: ScriptType) -> IRValue {
    let isLiteral =
      switch tree[id].kind {
      case .tuple, .record: true
      default: facts(id).constant != nil
      }
    if !isLiteral, self.type(id) == type {
      let found = value(id)
      if case .memory(let pointer) = found { return pointer }
      return bytes(of: found, type)
    }
    let pointer = scratch(bytes: size(type))
    store(id, to: pointer, as: type)
    return pointer
  }

  // MARK: Reading

  /// The value of an element, or of the only one; zero if it is not there.
  func lowerMapRead(_ id: ExprID, keys: [ExprID]) -> LoweredValue {
    guard case .map(let index) = facts(id).meaning else { return unsupported("this map", id) }
    if case .aggregation(let aggregation) = script.script.maps[index].value {
      return merged(aggregation, of: index, key: key(of: index, keys))
    }
    guard let whole = elementPart(id) else { return unsupported("this element", id) }
    return lowerRead(whole, id)
  }

  /// What is read of an element of a map: its value, or a field of a field of it.
  struct ElementPart {
    var map: Int
    /// The element as the script writes it.
    var element: ExprID
    var keys: [ExprID]
    /// Where the part begins in the value, in bytes.
    var offset = 0
    var type: ScriptType
  }

  /// The part of an element that an expression is; nil if it is something else.
  func elementPart(_ id: ExprID) -> ElementPart? {
    switch (facts(id).meaning, tree[id].kind) {
    case (.map(let map), .map): whole(map, id, keys: [])
    case (.map(let map), .mapElement(_, let keys)): whole(map, id, keys: keys)
    case (.element(let number), .field(let base, _)),
      (.element(let number), .tupleElement(let base, _)),
      (.element(let number), .index(let base, _)):
      part(number, of: base)
    default: nil
    }
  }

  private func whole(_ map: Int, _ id: ExprID, keys: [ExprID]) -> ElementPart? {
    let type = script.script.maps[map].value
    if case .aggregation = type { return nil }
    return ElementPart(map: map, element: id, keys: keys, type: type)
  }

  private func part(_ number: Int, of base: ExprID) -> ElementPart? {
    guard var part = elementPart(base) else { return nil }
    let elements = elements(part.type)
    guard elements.indices.contains(number) else { return nil }
    part.offset += elements[number].offset
    part.type = elements[number].type
    return part
  }

  /// The value of a part of an element; zero if the element is not there.
  func lowerRead(_ part: ElementPart, _ id: ExprID) -> LoweredValue {
    let key = key(of: part.map, part.keys)
    let result = memory(forValueOf: id, bytes: size(part.type))
    let found = builder.emit(.element(map: part.map, key: key))
    let exists = builder.compare(.notEqual, found, .null)
    builder.if(
      exists,
      then: {
        let place = part.offset == 0 ? found : builder.offset(found, by: part.offset)
        store(load(part.type, at: place), part.type, to: result, as: part.type)
      },
      else: {
        builder.zero(result, bytes: max(size(part.type), 1))
        if target.reportsEveryFailure { report(.lookup, at: tree[part.element].range) }
      })
    return load(part.type, at: result)
  }

  /// Gives a variable the value of an element, if there is one: whether there is.
  func assign(elementOfMap map: Int, key: IRValue, toVariable variable: Int) -> IRValue {
    let type = script.script.maps[map].value
    let slot = slot(ofVariable: variable, isWritten: false)
    let target = typed.variables[variable].type
    if case .aggregation(let aggregation) = type {
      let exists = builder.emit(.contains(map: map, key: key))
      builder.if(exists, "found") {
        store(
          merged(aggregation, of: map, key: key), type.readable, to: slot, as: target)
      }
      return exists
    }
    let found = builder.emit(.element(map: map, key: key))
    let exists = builder.compare(.notEqual, found, .null)
    builder.if(exists, "found") { store(load(type, at: found), type, to: slot, as: target) }
    return exists
  }

  // MARK: Writing

  /// Writes an element as a whole.
  func assign(_ value: ExprID, toElementOf map: Int, keys: [ExprID]) {
    let type = script.script.maps[map].value
    if isKeptByTracer(map) {
      return send(.put, to: map, keys, type) { store(value, to: $0, as: type) }
    }
    let bytes = scratch(bytes: size(type))
    store(value, to: bytes, as: type)
    put(bytes, into: map, key: key(of: map, keys))
  }

  /// Writes the bytes of an element, and reports if there is no room.
  func put(_ value: IRValue, into map: Int, key: IRValue) {
    checkRoom(in: map, builder.emit(.put(map: map, key: key, value: value)))
  }

  /// Counts, and reports, where `status` says that a map had no room for an element.
  func checkRoom(in map: Int, _ status: IRValue) {
    builder.if(builder.compare(.lessSigned, status, .word(0)), "failed") {
      builder.perform(.count(.refused(map: map)))
      report(.helper(.mapUpdate), code: status, at: statementRange)
    }
  }

  /// Adds to the number of an element, which begins at zero, and returns what it was before.
  ///
  /// - Parameter amount: `i64`.
  func add(_ amount: IRValue, toElementOf map: Int, _ target: ExprID) -> IRValue {
    let type = script.script.maps[map].value
    if isKeptByTracer(map) {
      send(.add, to: map, keys(of: target), .int64) { builder.store(amount, to: $0) }
      // The checker has seen that nobody asks.
      return .word(0)
    }
    guard type.scalarBytes >= 4 else {
      // Nothing adds to less than 4 bytes at once.
      let before = scratch(bytes: 8)
      updateElement(of: map, target) { old in
        builder.store(old, to: before)
        return builder.add(old, amount)
      }
      return builder.load(.i64, from: before)
    }
    let status = scratch(bytes: 8)
    let before = builder.emit(
      .add(
        map: map, key: key(of: map, keys(of: target)),
        amount: builder.resize(amount, to: irType(type), signed: true), status: status))
    checkRoom(in: map, builder.load(.i64, from: status))
    return builder.resize(before, to: .i64, signed: type.isSigned)
  }

  /// Takes an element out: `i64`, 0 if it was there, else negative.
  func remove(_ keys: [ExprID], from map: Int) -> IRValue {
    if isKeptByTracer(map) {
      send(.remove, to: map, keys)
      return .word(0)
    }
    return builder.emit(.remove(map: map, key: key(of: map, keys)))
  }

  /// The keys written in an element of a map.
  func keys(of target: ExprID) -> [ExprID] {
    if case .mapElement(_, let keys) = tree[target].kind { keys } else { [] }
  }

  /// Replaces the number of an element by what `change` makes of it; a new one begins at zero.
  func updateElement(of map: Int, _ target: ExprID, _ change: (IRValue) -> IRValue) {
    let type = script.script.maps[map].value
    let key = key(of: map, keys(of: target))
    let old = scratch(bytes: 8)
    builder.store(.integer(0, irType(type)), to: old)
    let found = builder.emit(.element(map: map, key: key))
    let exists = builder.compare(.notEqual, found, .null)
    builder.if(exists, "found") {
      builder.store(builder.load(irType(type), from: found), to: old)
    }
    let next = change(integer(load(type, at: old), type))
    builder.if(
      exists, then: { store(.scalar(next), .int64, to: found, as: type) },
      else: {
        let bytes = scratch(bytes: 8)
        store(.scalar(next), .int64, to: bytes, as: type)
        put(bytes, into: map, key: key)
      })
  }
}

/// Changes of maps that the tracer keeps.
extension BodyLowering {
  func isKeptByTracer(_ map: Int) -> Bool { script.script.maps[map].isKeptByTracer }

  /// Sends what is to be done with an element.
  ///
  /// - Parameters:
  ///   - operand: The type of what the change says beside the key, which `write` puts at a place.
  func send(
    _ change: ElementChange, to map: Int, _ keys: [ExprID], _ operand: ScriptType? = nil,
    write: (IRValue) -> Void = { _ in }
  ) {
    guard let type = script.script.maps[map].key else { return }
    emit(
      .changeElement(map: map, change), types: [type] + (operand.map { [$0] } ?? []),
      position: script.position(of: statementRange, currentExpansion)
    ) { places in
      // As elsewhere the value first: it may change what the key is made of.
      if operand != nil { write(places[1]) }
      storeKey(keys, to: places[0], as: type)
    }
  }
}

extension RuntimeFailure {
  /// An element that was read is not there.
  static let lookup = RuntimeFailure.helper(.mapLookup)
}
