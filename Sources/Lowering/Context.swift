import Language
import Semantics
import TraceIR
import TraceModel

/// What a program is started with.
extension BodyLowering {
  /// The value of a field of `args`, or of `retval`.
  func contextField(_ field: ContextField) -> LoweredValue {
    let field = probe.context.field(likeThat: field) ?? field
    if case .checked(let argument) = field.provenance { script.require(argument) }
    if let reason = field.provenance.reason { script.bind(reason, at: currentRange) }
    switch field.access {
    case .load(let offset) where field.type.isScalar:
      return .scalar(builder.emit(.contextLoad(irType(field.type), offset: offset)))
    case .typed(let offset):
      return .scalar(builder.emit(.number(builder.emit(.contextLoad(.i64, offset: offset)))))
    case .field(let path) where field.type.isScalar:
      return .scalar(builder.emit(.contextField(path, irType(field.type))))
    case .pointed(let word, let pointed):
      let base = builder.emit(.contextLoad(.i64, offset: word * 8))
      let value = pointedField(pointed, base, pointed.paths[...])
      if pointed.type == field.type { return value }
      let converted = scratch(bytes: size(field.type))
      store(value, pointed.type, to: converted, as: field.type)
      return load(field.type, at: converted)
    case .load(let offset), .bytes(let offset):
      return read(field.type, at: builder.add(contextAddress, .word(offset)), .kernel)
    case .field(let path), .fieldBytes(let path):
      return read(
        field.type, at: builder.emit(.fieldAddress(contextAddress, path)), .kernel)
    case .dynamic(let location, let isRelative):
      return dynamicField(field.type, location, isRelative: isRelative)
    case .words(let offsets):
      let memory = zeroed(bytes: offsets.count * 8)
      for (index, offset) in offsets.enumerated() {
        builder.store(
          builder.emit(.contextLoad(.i64, offset: offset)),
          to: builder.offset(memory, by: index * 8))
      }
      return load(field.type, at: memory)
    case .userMemory(let base, let distance):
      let address = builder.add(
        builder.emit(.contextLoad(.i64, offset: base)), .word(distance))
      return field.type.isScalar ? read(field.type, at: address, .user) : .remote(address, .user)
    case .constant(let value):
      return .scalar(
        builder.resize(.word(Int(value)), to: irType(field.type), signed: field.type.isSigned))
    case .functionResult:
      script.require(.functionResult)
      let word = zeroed(bytes: 8)
      builder.perform(.helper(.getFuncRet, [builder.emit(.context), word]))
      return .scalar(
        builder.resize(builder.load(.i64, from: word), to: irType(field.type), signed: false))
    case .nowhere: return zero(field.type)
    }
  }

  /// What is at the first of the paths that the running kernel has.
  private func pointedField(
    _ field: ContextField.PointedField, _ base: IRValue, _ paths: ArraySlice<FieldPath>
  ) -> LoweredValue {
    guard let path = paths.first else { return zero(field.type) }
    func found() -> LoweredValue {
      let place = builder.emit(.fieldAddress(base, path))
      // Of a load that fails nobody is told.
      return field.isTyped && isLoadable(field.type) && !target.reportsEveryFailure
        ? loadTyped(field.type, at: place) : read(field.type, at: place, .kernel)
    }
    if paths.count == 1 { return found() }
    let result = scratch(bytes: size(field.type))
    builder.if(
      builder.isNonzero(builder.emit(.fieldInfo(.exists, path))),
      then: { store(found(), field.type, to: result, as: field.type) },
      else: {
        store(
          pointedField(field, base, paths.dropFirst()), field.type, to: result, as: field.type)
      })
    return load(field.type, at: result)
  }

  private var contextAddress: IRValue { builder.address(of: builder.emit(.context)) }

  /// Data behind the fixed part of a context, found by a word with its offset and length.
  private func dynamicField(
    _ type: ScriptType, _ location: ContextField.DynamicLocation, isRelative: Bool
  ) -> LoweredValue {
    let word: IRValue
    var start = contextAddress
    switch location {
    case .offset(let offset):
      word = builder.emit(.contextLoad(.i32, offset: offset))
      if isRelative { start = builder.add(start, .word(offset + 4)) }
    case .field(let path):
      word = builder.emit(.contextField(path, .i32))
      if isRelative {
        start = builder.add(builder.emit(.fieldAddress(start, path)), .word(4))
      }
    }
    let wide = builder.resize(word, to: .i64, signed: false)
    let address = builder.add(start, builder.binary(.and, wide, .word(0xffff)))
    switch type {
    case .string(let capacity):
      let text = zeroed(bytes: capacity)
      let length = builder.emit(
        .probeReadString(.kernel, to: text, size: .word(capacity), from: address))
      checkRead(length, .kernel, text: true)
      return .memory(text)
    case .buffer(let capacity):
      let length = builder.binary(.shiftRight, wide, .word(16))
      let kept = builder.select(
        builder.compare(.less, length, .word(capacity)), length, .word(capacity))
      let buffer = zeroed(bytes: capacity + 4)
      builder.store(builder.resize(kept, to: .i32, signed: false), to: buffer)
      let result = builder.emit(
        .probeRead(.kernel, to: builder.offset(buffer, by: 4), size: kept, from: address))
      checkRead(result, .kernel, text: false)
      return .memory(buffer)
    default: return read(type, at: address, .kernel)
    }
  }
}
