import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Aggregations: taking in values, and reading what has been taken in.
extension BodyLowering {
  // MARK: Taking in

  /// Has an element take in what the call of an aggregation says; the call may be the last value of
  /// blocks and branches.
  func aggregate(
    _ value: ExprID, into map: Int, _ aggregation: Aggregation, keys: [ExprID], _ target: ExprID
  ) {
    switch tree[value].kind {
    case .block(let block):
      lowerBlock(block) { self.aggregate($0, into: map, aggregation, keys: keys, target) }
      return
    case .ifElse(let syntax):
      lowerIf(syntax) { self.aggregate($0, into: map, aggregation, keys: keys, target) }
      return
    case .ternary(let condition, let then?, let other):
      lowerChoice(
        condition, then: { aggregate(then, into: map, aggregation, keys: keys, target) },
        else: { aggregate(other, into: map, aggregation, keys: keys, target) })
      return
    default: break
    }
    guard case .aggregation(let function, _) = facts(value).meaning else {
      _ = unsupported("this as the value of an aggregating map", value)
      return
    }
    at(value) {
      if isKeptByTracer(map) {
        let slotType = ScriptType.array(of: .uint64, count: aggregation.wordCount)
        return send(.join, to: map, keys, slotType) { slot in
          builder.zero(slot, bytes: aggregation.slotSize)
          alignedPointers.insert(FunctionValue(function: builder.function, value: slot))
          function.update(CallContext(self, value), aggregation, slot)
        }
      }
      let status = scratch(bytes: 8)
      let slot = builder.emit(
        .makeElement(map: map, key: key(of: map, keys), status: status))
      builder.if(builder.compare(.notEqual, slot, .null)) {
        alignedPointers.insert(FunctionValue(function: builder.function, value: slot))
        function.update(CallContext(self, value), aggregation, slot)
      } else: {
        checkRoom(in: map, builder.load(.i64, from: status))
      }
    }
  }

  // MARK: Reading

  /// The slots of all CPUs as one value, laid out as the aggregation says.
  func merged(_ aggregation: Aggregation, of map: Int, key: IRValue) -> LoweredValue {
    guard let reading = Catalog.function(of: aggregation).reading else {
      preconditionFailure("the checker lets no program read a \(aggregation.typeName)")
    }
    script.require(.lookupPerCPU)
    let access = SlotAccess(builder: builder) { self.scratch(bytes: $0) }
    let words = (0..<aggregation.wordCount).map { _ in scratch(bytes: 8) }
    for word in words { builder.store(.word(0), to: word) }
    forEachCPU { cpu, done in
      let found = builder.emit(.elementOfCPU(map: map, key: key, cpu: cpu))
      let more = builder.newBlock("cpu.slot")
      builder.branch(
        if: builder.compare(.notEqual, found, .null), then: more, else: done)
      builder.position(at: more)
      reading.take(access, aggregation, found, words)
    }
    return reading.result(access, aggregation, words)
  }

  /// Writes a loop over the numbers of all CPUs; the body may go to the end.
  private func forEachCPU(_ body: (_ cpu: IRValue, _ done: IRBlockID) -> Void) {
    let number = scratch(bytes: 8)
    builder.store(.word(0), to: number)
    let count = loadTimeInteger(.possibleCPUs, default: 1)
    let head = builder.newBlock("cpu")
    let work = builder.newBlock("cpu.look")
    let done = builder.newBlock("cpu.end")
    builder.branch(to: head)
    builder.position(at: head)
    let cpu = builder.load(.i64, from: number)
    builder.branch(if: builder.compare(.less, cpu, count), then: work, else: done)
    builder.position(at: work)
    body(cpu, done)
    builder.store(builder.add(cpu, .word(1)), to: number)
    builder.branch(to: head)
    builder.position(at: done)
  }
}
