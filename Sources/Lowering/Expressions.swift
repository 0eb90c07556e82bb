import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Expressions: one case for each construct, whose code is in the construct's own file.
extension BodyLowering {
  /// Writes the code of an expression and returns its value.
  func value(_ id: ExprID) -> LoweredValue {
    if let constant = facts(id).constant, let known = value(of: constant, type(id)) {
      return known
    }
    return at(id) { normalized(compute(id), type(id)) }
  }

  private func compute(_ id: ExprID) -> LoweredValue {
    switch facts(id).meaning {
    case .function(let function): return lowerCall(of: function, id)
    case .scriptFunction(let index): return lowerCall(ofFunction: index, id)
    case .importedFunction(let index): return lowerCall(ofImported: index, id)
    case .parameter(let parameter, let constant):
      return lowerParameter(parameter, constant, type(id))
    case .context(let field): return contextField(field)
    case .arguments: return .none
    case .aggregation: return unsupported("an aggregation in this place", id)
    case .structureField(let field, _): return withNUL(lowerAccess(id), field.type, as: type(id))
    case .element, .index: return lowerAccess(id)
    case .typeNumber(let number, let count):
      return .scalar(word(.word(count), times: number))
    case .plain, .variable, .map: break
    }
    switch tree[id].kind {
    case .variable: return lowerVariable(id)
    case .map: return lowerMapRead(id, keys: [])
    case .mapElement(_, let keys): return lowerMapRead(id, keys: keys)
    case .unary(let sign, let operand): return lowerUnary(sign, operand, id)
    case .step(let step, let operand): return lowerStep(step, operand, id)
    case .binary(let sign, let left, let right): return lowerBinary(sign, left, right, id)
    case .ternary(let condition, let then, let other):
      return lowerTernary(condition, then, other, id)
    case .ifElse(let syntax): return lowerIf(syntax, id)
    case .block(let block): return lowerBlockValue(block)
    case .cast(_, let operand): return lowerCast(operand, to: facts(id).type)
    case .tuple, .record, .typeinfo:
      let pointer = scratch(bytes: size(type(id)))
      store(id, to: pointer, as: type(id))
      return .memory(pointer)
    case .comptime(let inner): return value(inner)
    case .shown(let inner, let condition): return lowerShown(inner, condition, id)
    case .field, .tupleElement, .index: return lowerAccess(id)
    case .integer, .string, .boolean: return zero(type(id))
    case .identifier, .call, .positional, .positionalCount, .sizeof, .offsetof, .typeof:
      return unsupported("this expression", id)
    case .invalid: return .none
    }
  }

  /// Writes the code of an expression whose value nobody wants.
  func effect(_ id: ExprID) {
    switch tree[id].kind {
    case .ifElse(let syntax): at(id) { lowerIf(syntax, storing: nil) }
    case .block(let block): lowerBlock(block)
    case .ternary(let condition, let then?, let other):
      at(id) { lowerChoice(condition, then: { effect(then) }, else: { effect(other) }) }
    default:
      if facts(id).constant != nil { return }
      if case .function(let function) = facts(id).meaning {
        at(id) { _ = lowerCall(of: function, id, isDiscarded: true) }
      } else {
        _ = value(id)
      }
    }
  }

  /// A value in the register type that belongs to its type; truth values may stay bits.
  private func normalized(_ value: LoweredValue, _ type: ScriptType) -> LoweredValue {
    guard case .scalar(let scalar) = value, type.isScalar, scalar.type != irType(type),
      !(type == .boolean && scalar.type == .i1)
    else { return value }
    if scalar.type == .pointer { return .scalar(builder.address(of: scalar)) }
    return .scalar(builder.resize(scalar, to: irType(type), signed: type.isSigned))
  }

  /// A constant as a value, or nil if its type wants more than writing it down.
  private func value(of constant: Constant, _ type: ScriptType) -> LoweredValue? {
    switch (constant, type) {
    case (.string(let text), .string(let capacity)):
      let kept = Array(text.prefix { $0 != 0 }.prefix(max(capacity - 1, 0)))
      let padding = Array(repeating: UInt8(0), count: max(capacity - kept.count, 1))
      return .memory(builder.emit(.literal(kept + padding)))
    case (.boolean(let value), .boolean): return .scalar(value ? .true : .false)
    case (_, _) where type.isScalar:
      guard let bits = constant.bits else { return nil }
      return .scalar(builder.resize(.word(bits), to: irType(type), signed: true))
    default: return nil
    }
  }

  private func lowerParameter(
    _ parameter: PositionalParameter, _ constant: Constant, _ type: ScriptType
  ) -> LoweredValue {
    if case .string(let capacity) = type {
      return .memory(
        loadTimeString(parameter.source, capacity: capacity, default: constant.text ?? ""))
    }
    return .scalar(loadTimeInteger(parameter.source, default: constant.bits ?? 0))
  }

  // MARK: Scratch variables

  /// The slot of a variable; it begins as zero unless it is about to be written.
  func slot(ofVariable index: Int, isWritten: Bool) -> IRValue {
    if let slot = variableSlots[index] { return address(of: slot) }
    let variable = typed.variables[index]
    let bytes = size(variable.type)
    let slot = memory.slot(of: builder.function, variable.name, size: max(bytes, 1))
    variableSlots[index] = slot
    let pointer = address(of: slot)
    if !isWritten {
      if let definition = standIn(forVariable: index) {
        store(definition, to: pointer, as: variable.type)
      } else {
        builder.zero(pointer, bytes: max(bytes, 1))
      }
    }
    return pointer
  }

  private func lowerVariable(_ id: ExprID) -> LoweredValue {
    guard case .variable(let index) = facts(id).meaning else {
      return unsupported("this variable", id)
    }
    if let definition = standIn(forVariable: index) { return value(definition) }
    return load(typed.variables[index].type, at: slot(ofVariable: index, isWritten: false))
  }
}
