import TraceIR

/// Slots for values that live no longer than a statement.
///
/// A statement gives its slots back when it is written, so that long bodies and unrolled loops need
/// little memory.
final class TemporaryMemory {
  private let builder: IRBuilder
  private struct Shape: Hashable {
    var function: Int
    var size: Int
  }
  private var free: [Shape: [IRSlotID]] = [:]
  /// What each statement around the current place has taken.
  private var taken: [[(Shape, IRSlotID)]] = []

  init(_ builder: IRBuilder) { self.builder = builder }

  /// Takes back, after `body`, what it has taken.
  func scope(_ body: () -> Void) {
    taken.append([])
    body()
    for (shape, slot) in taken.removeLast() { free[shape, default: []].append(slot) }
  }

  /// Keeps, to the end of the function, what `body` takes.
  func lasting<T>(_ body: () -> T) -> T {
    let outer = taken
    taken = []
    defer { taken = outer }
    return body()
  }

  /// A slot of the current function until the statement ends; its bytes are anything.
  ///
  /// Small slots are shared only by values of one width: LLVM keeps them in registers, and a narrow
  /// value written over a pointer would make it compute with the pointer's other bytes, which the
  /// verifier refuses.
  func take(size: Int) -> IRSlotID {
    let shape = Shape(
      function: builder.function, size: size < 8 ? max(size, 1) : (size + 7) / 8 * 8)
    let slot = free[shape]?.popLast() ?? builder.newSlot("temporary", size: shape.size)
    if !taken.isEmpty { taken[taken.count - 1].append((shape, slot)) }
    if let poison = builder.module.poison {
      builder.perform(.fill(builder.address(of: slot), bytes: shape.size, with: poison))
    }
    return slot
  }

  /// A new slot of a function that may be an enclosing one.
  func slot(of function: Int, _ name: String, size: Int) -> IRSlotID {
    builder.withModule { module in
      module.functions[function].slots.append(IRSlot(name: name, size: size))
      return IRSlotID(function: function, index: module.functions[function].slots.count - 1)
    }
  }
}
