import Language
import TraceIR
import TraceModel

/// Reads from memory that belongs to the kernel or a process.
extension BodyLowering {
  /// Reads bytes; what cannot be read is zero.
  func read(_ bytes: Int, to pointer: IRValue, from address: IRValue, _ space: AddressSpace) {
    guard bytes > 0 else { return }
    let result = builder.emit(
      .probeRead(space, to: pointer, size: .word(bytes), from: address))
    checkRead(result, space, text: false)
  }

  /// Reports a failed read, where all failures are to be reported.
  func checkRead(_ result: IRValue, _ space: AddressSpace, text: Bool) {
    check(
      result, helper: .probeRead(space, isText: text), isReportedByDefault: false,
      at: currentRange)
  }

  /// The value of that type at an address. Structures and arrays stay where they are.
  func read(_ type: ScriptType, at address: IRValue, _ space: AddressSpace) -> LoweredValue {
    switch type {
    case _ where type.isScalar:
      let slot = scratch(bytes: 8)
      read(type.scalarBytes, to: slot, from: address, space)
      return .scalar(builder.load(irType(type), from: slot))
    case .string(let capacity):
      return .memory(readText(capacity, at: address, space))
    case .none, .void, .word, .unresolved, .poison, .arguments: return .none
    default: return .remote(address, space)
    }
  }

  /// Whether `loadTyped` gives a value of that type: numbers, pointers and short texts.
  func isLoadable(_ type: ScriptType) -> Bool {
    if case .string(let capacity) = type {
      return capacity > 0 && capacity % 8 == 0 && capacity <= Self.largestLoadedText
    }
    return type.isScalar
  }

  /// Bytes of a text that is worth reading word by word.
  private static let largestLoadedText = 32

  /// A value at an address in an object that the verifier knows the type of. Where there is nothing, it is
  /// zero.
  func loadTyped(_ type: ScriptType, at address: IRValue) -> LoweredValue {
    if case .string(let capacity) = type {
      let text = scratch(bytes: capacity)
      TextWords(typedAt: address, count: capacity / 8, builder)
        .ended(builder, endsWithNUL: false).store(to: text, builder)
      return .memory(text)
    }
    let value = builder.emit(.typedLoad(irType(type), from: address))
    guard case .pointer = type else { return .scalar(value) }
    return .scalar(builder.emit(.number(value)))
  }

  /// Text with room for a NUL behind it where its type has that; other values as they are.
  func withNUL(
    _ value: LoweredValue, _ type: ScriptType, as wanted: ScriptType
  ) -> LoweredValue {
    guard case .string(let count) = type, case .string(let capacity) = wanted, capacity > count
    else { return value }
    let text = zeroed(bytes: capacity)
    builder.copy(to: text, from: bytes(of: value, type), bytes: count)
    return .memory(text)
  }

  /// An array of `char` as text, which need not end with a NUL.
  private func readText(_ capacity: Int, at address: IRValue, _ space: AddressSpace) -> IRValue {
    let text = zeroed(bytes: capacity)
    let length = builder.emit(
      .probeReadString(space, to: text, size: .word(capacity), from: address))
    checkRead(length, space, text: true)
    // The helper always ends with a NUL; the array's last byte may be another.
    builder.if(builder.compare(.equal, length, .word(capacity)), "full") {
      read(
        1, to: builder.offset(text, by: capacity - 1),
        from: builder.add(address, .word(capacity - 1)), space)
    }
    return text
  }
}
