import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Fields, elements and indices.
extension BodyLowering {
  /// Where a structure, an array or a part of one lies.
  enum Place {
    /// In memory of the program.
    case program(IRValue)
    case foreign(ForeignPlace)
  }

  /// A place in foreign memory, with the path to it, which the loader works out later.
  struct ForeignPlace {
    /// Where `path` begins: `i64`.
    var address: IRValue
    var space: AddressSpace
    /// Nil where `address` is the place itself.
    var path: FieldPath?
    /// What `path` ends at.
    var target: FieldPath.Target?
    /// Whether the verifier knows the object that `address` points to.
    var isTyped = false
  }

  /// A field, an element or an index as a value.
  func lowerAccess(_ id: ExprID) -> LoweredValue {
    switch (facts(id).meaning, tree[id].kind) {
    case (.structureField(let field, let structure), .field(let base, _)):
      let write = { self.value(at: self.place(of: field, structure, in: base), field) }
      guard case .function(let pointer)? = typedOrigin(ofStructure: base),
        followed[pointer.feature] == nil, isReadDirectly(field), paysLoading(field, in: base)
      else { return write() }
      return choose(by: pointer.feature, field.type, write)
    case (.element(let number), .field(let base, _)),
      (.element(let number), .tupleElement(let base, _)),
      (.element(let number), .index(let base, _)):
      return elementPart(id).map { lowerRead($0, id) } ?? lowerElement(number, of: base)
    case (_, .index(let base, let index)): return lowerIndex(base, index, id)
    default: return unsupported("this access", id)
    }
  }

  private func lowerElement(_ number: Int, of base: ExprID) -> LoweredValue {
    let elements = elements(type(base))
    guard elements.indices.contains(number) else { return unsupported("this element", base) }
    let pointer = bytes(of: value(base), type(base))
    return load(elements[number].type, at: place(elements[number].offset, behind: pointer))
  }

  // MARK: Places

  /// Where a structure lies that an expression is or points to, or an array.
  private func place(of id: ExprID) -> Place {
    if isTyped(id) {
      return .foreign(ForeignPlace(address: typedPointer(id), space: .kernel, isTyped: true))
    }
    if case .pointer(var target, var space) = type(id) {
      var address = integer(id)
      while case .pointer(let next, let nextSpace) = target {
        address = integer(read(target, at: address, space), target)
        (target, space) = (next, nextSpace)
      }
      return .foreign(ForeignPlace(address: address, space: space))
    }
    switch (facts(id).meaning, tree[id].kind) {
    case (.structureField(let field, let structure), .field(let base, _)):
      return place(of: field, structure, in: base)
    case (.index, .index(let base, let index)):
      if case .array(let element, let count) = type(base),
        let number = facts(index).constant?.integer, number >= 0, number < count
      {
        return place(ofElement: Int(number), element, in: place(of: base))
      }
    default: break
    }
    switch value(id) {
    case .memory(let pointer): return .program(pointer)
    case .remote(let address, let space):
      return .foreign(ForeignPlace(address: address, space: space))
    case .scalar(let scalar):
      return .foreign(
        ForeignPlace(
          address: integer(.scalar(scalar), .uint64), space: addressSpace))
    case .none: return .program(zeroed(bytes: size(type(id))))
    }
  }

  /// Where a pointer comes from whose object the verifier knows the type of.
  private enum TypedOrigin {
    case context(offset: Int)
    case function(Function.TypedPointer)
  }

  /// Whether an expression is a pointer to an object of the kernel that the verifier knows the type of, in
  /// the code that is being written. Reading there needs no helper; but then nobody is told when it
  /// fails.
  private func isTyped(_ id: ExprID) -> Bool {
    switch typedOrigin(of: id) {
    case nil: false
    case .context: true
    case .function(let pointer): followed[pointer.feature] == true
    }
  }

  /// What gives such a pointer: the context, a function, or an object that one of these points to.
  private func typedOrigin(of id: ExprID) -> TypedOrigin? {
    guard !target.reportsEveryFailure || asksForKnownObject,
      case .pointer(.structure, .kernel) = type(id)
    else { return nil }
    switch (facts(id).meaning, tree[id].kind) {
    case (.structureField(let field, _), .field(let base, _))
    where asksForKnownObject && probe.context.iteration != nil && isContext(base):
      return .context(offset: assumed(field.offset))
    case (.context(let field), _):
      if case .typed(let offset)? = probe.context.field(likeThat: field)?.access {
        return .context(offset: offset)
      }
      return nil
    case (.structureField(let field, let structure), .field(let base, _)):
      guard field.bits == nil, structure.path([.member(field.name, field.target)]) != nil else {
        return nil
      }
      return typedOrigin(ofStructure: base)
    default: return typedFunction(id).map { .function($0) }
    }
  }

  /// Whether a field of an object that the verifier knows is better loaded than read by a helper.
  ///
  /// From 6.3 on the kernel searches all its types for each pointer that a program loads, a millisecond of a
  /// start; a helper takes some 20 ns each time. What is compiled to be started often asks helpers
  /// where there is a pointer (decision 0055).
  private func paysLoading(_ field: StructureField, in base: ExprID) -> Bool {
    if target.isForThisKernel { return true }
    if case .pointer = field.type { return false }
    return !loadsPointer(base)
  }

  /// Whether a structure, or a pointer to it, is found by following a pointer in another.
  private func loadsPointer(_ id: ExprID) -> Bool {
    guard case .structureField = facts(id).meaning, case .field(let base, _) = tree[id].kind else {
      return false
    }
    if case .pointer = type(id) { return true }
    return loadsPointer(base)
  }

  private func isContext(_ id: ExprID) -> Bool {
    if case .function(let function) = facts(id).meaning { function.isContext } else { false }
  }

  /// The same for a structure, or a pointer to it.
  private func typedOrigin(ofStructure id: ExprID) -> TypedOrigin? {
    if case .pointer = type(id) { return typedOrigin(of: id) }
    guard case .structureField(let field, let structure) = facts(id).meaning,
      case .field(let base, _) = tree[id].kind,
      structure.path([.member(field.name, field.target)]) != nil
    else { return nil }
    return typedOrigin(ofStructure: base)
  }

  /// What an expression is if it is a function that gives such a pointer, perhaps in a cast that changes
  /// nothing, or a variable that is this and nothing else.
  private func typedFunction(_ id: ExprID) -> Function.TypedPointer? {
    switch (facts(id).meaning, tree[id].kind) {
    case (.function(let function), _): return function.typedPointer
    case (.variable(let index), _):
      return standIn(forVariable: index).flatMap { typedFunction($0) }
    case (_, .cast(_, let operand)):
      return type(operand) == type(id) ? typedFunction(operand) : nil
    default: return nil
    }
  }

  /// An expression that can be computed again wherever a variable is used, and need not be kept: it has the
  /// same value all through one run of a program.
  func standIn(forVariable index: Int) -> ExprID? {
    guard let definition = typed.variables[index].definition,
      type(definition) == typed.variables[index].type, typedFunction(definition) != nil
    else { return nil }
    return definition
  }

  /// The pointer that such an expression is: `i64`.
  private func typedPointer(_ id: ExprID) -> IRValue {
    if let knownOrigin, knownOrigin.id == id { return knownOrigin.pointer }
    return at(id) {
      switch (typedOrigin(of: id), facts(id).meaning, tree[id].kind) {
      case (.context(let offset)?, _, .field(let base, _)) where isContext(base):
        return builder.emit(.contextLoad(.i64, offset: offset))
      case (_, .structureField(let field, let structure), .field(let base, _)):
        guard case .foreign(let foreign) = place(of: field, structure, in: base) else { break }
        return builder.emit(.typedLoad(.i64, from: address(of: foreign)))
      case (.context(let offset)?, _, _):
        return builder.emit(.contextLoad(.i64, offset: offset))
      case (.function(let pointer)?, _, _): return builder.emit(.helper(pointer.helper, []))
      default: break
      }
      preconditionFailure("a pointer that the verifier knows comes from somewhere")
    }
  }

  /// Writes code that is given the address of an object that the verifier knows the type of: what a pointer
  /// points to, or a structure in such an object. It is skipped where there is no object.
  ///
  /// - Returns: Whether the verifier knows the object.
  func withKnownObject(_ id: ExprID, _ write: (IRValue) -> Void) -> Bool {
    asksForKnownObject = true
    defer { (asksForKnownObject, knownOrigin) = (false, nil) }
    guard let origin = typedOrigin(ofStructure: id) else { return false }
    var feature: KernelFeature?
    if case .function(let pointer) = origin {
      script.require(pointer.feature)
      feature = pointer.feature
    }
    if let feature { followed[feature] = true }
    defer { if let feature { followed[feature] = nil } }
    // The verifier wants to see that there is an object before anything is added to its address.
    let first = firstPointer(in: id)
    let pointer = typedPointer(first)
    builder.if(builder.isNonzero(pointer), "known") {
      knownOrigin = (first, pointer)
      if case .pointer = type(id) {
        write(typedPointer(id))
      } else if case .foreign(let foreign) = place(of: id) {
        write(address(of: foreign))
      }
    }
    return true
  }

  /// The pointer that a chain of fields begins with.
  private func firstPointer(in id: ExprID) -> ExprID {
    guard case .structureField = facts(id).meaning, case .field(let base, _) = tree[id].kind,
      !isContext(base)
    else { return id }
    return firstPointer(in: base)
  }

  /// Writes code that follows pointers without a helper, for kernels that have a feature, and the same
  /// with helpers for all others.
  private func choose(
    by feature: KernelFeature, _ type: ScriptType, _ write: () -> LoweredValue
  ) -> LoweredValue {
    let result = scratch(bytes: size(type))
    func branch(follows: Bool) {
      followed[feature] = follows
      store(write(), type, to: result, as: type)
      followed[feature] = nil
    }
    builder.if(
      builder.isNonzero(loadTimeInteger(.feature(feature.name), default: 0)),
      then: { branch(follows: true) }, else: { branch(follows: false) })
    return load(type, at: result)
  }

  private func place(
    of field: StructureField, _ structure: StructureReference, in base: ExprID
  ) -> Place {
    switch place(of: base) {
    case .program(let pointer):
      return .program(place(assumed(field.offset), behind: pointer))
    case .foreign(var foreign):
      let step = FieldPath.Step.member(field.name, field.target)
      if let path = structure.path([step]) {
        foreign.address = address(of: foreign)
        foreign.path = path
        foreign.target = field.target
      } else if foreign.path != nil {
        // Structures without a name can only be found as a part of what encloses them.
        foreign.path?.steps.append(step)
        foreign.target = field.target
      } else {
        foreign.address = builder.add(address(of: foreign), word(field.offset))
        foreign.isTyped = false
      }
      return .foreign(foreign)
    }
  }

  private func place(ofElement number: Int, _ element: ScriptType, in array: Place) -> Place {
    switch array {
    case .program(let pointer):
      return .program(place(number * size(element), behind: pointer))
    case .foreign(var foreign):
      if case .structure(let structure) = element, structure.name.isEmpty, foreign.path != nil,
        case .array(let target, _)? = foreign.target
      {
        foreign.path?.steps.append(.element(number, target))
        foreign.target = target
        return .foreign(foreign)
      }
      let distance = word(.word(number), times: stride(of: element))
      return .foreign(
        ForeignPlace(
          address: builder.add(address(of: foreign), distance), space: foreign.space))
    }
  }

  /// How far apart the elements of an array are: `i64`.
  private func distance(
    ofElements element: ScriptType, times count: IRValue, in array: ForeignPlace
  ) -> IRValue {
    if case .structure(let structure) = element, structure.name.isEmpty,
      case .array(let target, _)? = array.target, var path = array.path
    {
      path.steps.append(.element(0, target))
      return builder.binary(.mul, count, builder.emit(.fieldInfo(.size, path)))
    }
    return word(count, times: stride(of: element))
  }

  /// The address of a place: `i64`.
  private func address(of place: ForeignPlace) -> IRValue {
    guard let path = place.path else { return place.address }
    return builder.emit(.fieldAddress(place.address, path))
  }

  // MARK: Fields

  private func value(at place: Place, _ field: StructureField) -> LoweredValue {
    switch place {
    case .program(let pointer):
      guard let bits = field.bits else { return load(field.type, at: pointer) }
      return extract(
        bits, of: integer(load(field.type, at: pointer), .uint64), signed: field.type.isSigned
      ) { builder.resize(builder.load(.i8, from: pointer, at: 8), to: .i64, signed: false) }
    case .foreign(let foreign):
      guard let bits = field.bits else {
        let address = address(of: foreign)
        return foreign.isTyped && isReadDirectly(field)
          ? loadTyped(field.type, at: address) : read(field.type, at: address, foreign.space)
      }
      if let path = foreign.path {
        return readBits(path, foreign.address, foreign.space, signed: field.type.isSigned)
      }
      let unit = ScriptType.integer(bytes: field.type.scalarBytes, signed: false)
      return extract(
        bits, of: integer(read(unit, at: foreign.address, foreign.space), unit),
        signed: field.type.isSigned
      ) {
        let byte = ScriptType.integer(bytes: 1, signed: false)
        let address = builder.add(foreign.address, .word(8))
        return integer(read(byte, at: address, foreign.space), byte)
      }
    }
  }

  /// Whether a field of an object that the verifier knows is read without a helper.
  private func isReadDirectly(_ field: StructureField) -> Bool {
    field.bits == nil && isLoadable(field.type)
  }

  /// A bit-field as the loader finds it in the running kernel.
  private func readBits(
    _ path: FieldPath, _ base: IRValue, _ space: AddressSpace, signed: Bool
  ) -> LoweredValue {
    let word = zeroed(bytes: 8)
    let address = builder.add(base, builder.emit(.fieldInfo(.offset, path)))
    let size = builder.emit(.fieldInfo(.size, path))
    checkRead(
      builder.emit(.probeRead(space, to: word, size: size, from: address)), space, text: false)
    let left = builder.binary(
      .shiftLeft, builder.load(.i64, from: word), builder.emit(.fieldInfo(.leftShift, path)))
    return .scalar(
      builder.binary(
        signed ? .shiftRightSigned : .shiftRight, left,
        builder.emit(.fieldInfo(.rightShift, path))))
  }

  /// The bits of a field, which in a packed structure may reach into a ninth byte.
  private func extract(
    _ bits: ValueLayout.BitRange, of word: IRValue, signed: Bool, ninth: () -> IRValue
  ) -> LoweredValue {
    if bits.lowest + bits.count > 64 {
      let low = builder.binary(.shiftRight, word, .word(bits.lowest))
      let high = builder.binary(.shiftLeft, ninth(), .word(64 - bits.lowest))
      return extract(
        ValueLayout.BitRange(lowest: 0, count: bits.count), of: builder.binary(.or, low, high),
        signed: signed, ninth: ninth)
    }
    let left = builder.binary(.shiftLeft, word, .word(64 - bits.lowest - bits.count))
    return .scalar(
      builder.binary(
        signed ? .shiftRightSigned : .shiftRight, left, .word(64 - bits.count)))
  }

  // MARK: Indices

  private func lowerIndex(_ base: ExprID, _ index: ExprID, _ id: ExprID) -> LoweredValue {
    switch type(base) {
    case .pointer(let target, let space):
      let start = integer(base)
      let offset = word(integer(index), times: stride(of: target))
      return read(target, at: builder.add(start, offset), space)
    case .array(let element, let count):
      let place = place(of: base)
      if let number = facts(index).constant?.integer, number >= 0, number < count {
        return value(at: self.place(ofElement: Int(number), element, in: place), element)
      }
      return checkedElement(of: place, element, count, integer(index), id)
    case .string(let capacity):
      let text = bytes(of: value(base), type(base))
      if let number = facts(index).constant?.integer, number >= 0, number < capacity {
        return .scalar(builder.load(.i8, from: text, at: Int(number)))
      }
      return checkedElement(of: .program(text), .int8, capacity, integer(index), id)
    default: return unsupported("an index into this", id)
    }
  }

  private func value(at place: Place, _ type: ScriptType) -> LoweredValue {
    switch place {
    case .program(let pointer): load(type, at: pointer)
    case .foreign(let foreign): read(type, at: address(of: foreign), foreign.space)
    }
  }

  /// An element whose number is known only when the program runs; zero and a runtime error if there
  /// is no element of that number.
  private func checkedElement(
    of place: Place, _ element: ScriptType, _ count: Int, _ number: IRValue, _ id: ExprID
  ) -> LoweredValue {
    if case .foreign(let foreign) = place, case .structure = element {
      return checkedStructure(of: foreign, element, count, number, id)
    }
    let start: IRValue? =
      if case .foreign(let foreign) = place { address(of: foreign) } else { nil }
    let bytes = size(element)
    let result = zeroed(bytes: bytes)
    builder.if(
      builder.compare(.less, number, .word(count)),
      then: {
        let offset = builder.binary(.mul, number, .word(bytes))
        switch place {
        case .program(let pointer):
          let found = builder.emit(.offset(pointer, by: offset))
          store(load(element, at: found), element, to: result, as: element)
        case .foreign(let foreign):
          let address = builder.add(start ?? .word(0), offset)
          store(read(element, at: address, foreign.space), element, to: result, as: element)
        }
      }, else: { report(.arrayOutOfBounds, at: tree[id].range) })
    return load(element, at: result)
  }

  /// The same for a structure, which stays where it is; if there is no element of that number, its
  /// address is zero, where every field reads as zero.
  private func checkedStructure(
    of array: ForeignPlace, _ element: ScriptType, _ count: Int, _ number: IRValue, _ id: ExprID
  ) -> LoweredValue {
    let start = address(of: array)
    let found = zeroed(bytes: 8)
    builder.if(
      builder.compare(.less, number, .word(count)),
      then: {
        let offset = distance(ofElements: element, times: number, in: array)
        builder.store(builder.add(start, offset), to: found)
      }, else: { report(.arrayOutOfBounds, at: tree[id].range) })
    return .remote(builder.load(.i64, from: found), array.space)
  }
}
