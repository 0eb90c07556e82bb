extension IRPass {
  /// Gives each callback a frame with the addresses of what it uses of the functions around it.
  ///
  /// A callback is a function of its own for the verifier and gets one pointer, which must point into
  /// its caller's stack. So the caller keeps there the addresses of the captured slots, and the
  /// context if it is used; the verifier follows pointers that are spilled to a stack and knows in
  /// the callback what they point to.
  static let outlineCallbacks = IRPass(name: "outline-callbacks") { module in
    let captures = Captures.collect(in: module)
    for index in module.functions.indices {
      var function = module.functions[index]
      if function.parent != nil, captures[index].context {
        function.contextCapture = captures[index].slots.count
      }
      var newSlots = function.slots
      IRRewriter.rewrite(&function) { instruction, rewriter in
        switch instruction.operation {
        case .slot(let slot) where slot.function != index:
          let place = rewriter.element(captures[index].position(of: slot), in: module, of: index)
          rewriter.finish(instruction, with: .load(.pointer, from: place))
        case .forEach(let map, let callback, _):
          let frame = rewriter.buildFrame(
            for: callback, captures, in: module, of: index, slots: &newSlots)
          rewriter.finish(instruction, with: .forEach(map: map, callback: callback, frame: frame))
        case .loop(let count, let callback, _):
          let frame = rewriter.buildFrame(
            for: callback, captures, in: module, of: index, slots: &newSlots)
          rewriter.finish(instruction, with: .loop(count: count, callback: callback, frame: frame))
        default: rewriter.keep(instruction)
        }
      }
      function.slots = newSlots
      module.functions[index] = function
    }
  }
}

/// What a callback uses of the functions around it, itself or by its own callbacks.
private struct Captures {
  var slots: [IRSlotID] = []
  /// Whether the context is used; it comes after the slots in the frame.
  var context = false

  var count: Int { slots.count + (context ? 1 : 0) }

  func position(of slot: IRSlotID) -> Int {
    guard let position = slots.firstIndex(of: slot) else {
      preconditionFailure("a callback uses a slot that was not captured")
    }
    return position
  }

  private mutating func add(_ slot: IRSlotID) {
    if !slots.contains(slot) { slots.append(slot) }
  }

  /// The captures of each function, by index; callbacks come after their parents, so going backwards
  /// meets the inner ones first.
  static func collect(in module: IRModule) -> [Captures] {
    var captures = Array(repeating: Captures(), count: module.functions.count)
    for index in module.functions.indices.reversed() {
      let function = module.functions[index]
      for instruction in function.blocks.flatMap(\.instructions) {
        if case .slot(let slot) = instruction.operation, slot.function != index {
          captures[index].add(slot)
        }
        if instruction.operation.usesContext { captures[index].context = true }
      }
      guard let parent = function.parent else { continue }
      for slot in captures[index].slots where slot.function != parent {
        captures[parent].add(slot)
      }
      if captures[index].context { captures[parent].context = true }
    }
    return captures
  }
}

extension IROperation {
  /// Whether it needs the context of the program.
  var usesContext: Bool {
    switch self {
    case .context, .contextLoad, .contextField, .stack: true
    default: false
    }
  }
}

extension IRRewriter {
  /// The address of an element of the frame that a callback was given.
  fileprivate mutating func element(
    _ position: Int, in module: IRModule, of function: Int
  ) -> IRValue {
    guard let frame = module.functions[function].frameParameter else {
      preconditionFailure("a program has no frame")
    }
    return position == 0 ? frame : emit(.offset(frame, by: .word(position * 8)))
  }

  /// Writes the frame of `callback` into a slot, and returns its address.
  fileprivate mutating func buildFrame(
    for callback: Int, _ captures: [Captures], in module: IRModule, of function: Int,
    slots: inout [IRSlot]
  ) -> IRValue {
    let captured = captures[callback]
    guard captured.count > 0 else { return .null }
    let slot = IRSlotID(function: function, index: slots.count)
    slots.append(
      IRSlot(
        name: "frame.\(module.functions[callback].name)", size: captured.count * 8,
        placement: .stack))
    var addresses: [IRValue] = []
    for slot in captured.slots {
      if slot.function == function {
        addresses.append(emit(.slot(slot)))
      } else {
        let place = element(captures[function].position(of: slot), in: module, of: function)
        addresses.append(emit(.load(.pointer, from: place)))
      }
    }
    if captured.context { addresses.append(emit(.context)) }
    let frame = emit(.slot(slot))
    for (position, address) in addresses.enumerated() {
      let place = position == 0 ? frame : emit(.offset(frame, by: .word(position * 8)))
      perform(.store(address, to: place))
    }
    return frame
  }
}
