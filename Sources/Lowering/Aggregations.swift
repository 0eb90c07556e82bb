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
      let status = scratch(bytes: 8)
      let slot = builder.emit(
        .makeElement(map: map, key: key(of: map, keys), status: status))
      builder.if(builder.compare(.notEqual, slot, .null)) {
        alignedPointers.insert(FunctionValue(function: builder.function, value: slot))
        function.update(CallContext(self, value), aggregation, slot)
      } else: {
        checkRoom(builder.load(.i64, from: status))
      }
    }
  }

  // MARK: Reading

  /// The slots of all CPUs as one value: a number, or for `stats` count, average and total.
  func merged(_ aggregation: Aggregation, of map: Int, key: IRValue) -> LoweredValue {
    script.require(.lookupPerCPU)
    let words = (0..<2).map { _ in scratch(bytes: 8) }
    for word in words { builder.store(.word(0), to: word) }
    forEachCPU { cpu, done in
      let found = builder.emit(.elementOfCPU(map: map, key: key, cpu: cpu))
      let more = builder.newBlock("cpu.slot")
      builder.branch(
        if: builder.compare(.notEqual, found, .null), then: more, else: done)
      builder.position(at: more)
      merge(aggregation, found, into: words)
    }
    let total = builder.load(.i64, from: words[0])
    switch aggregation {
    case .count, .sum, .min, .max, .log2Histogram, .linearHistogram: return .scalar(total)
    case .average(let signed):
      return .scalar(average(total, builder.load(.i64, from: words[1]), signed: signed))
    case .stats(let signed):
      let count = builder.load(.i64, from: words[1])
      let result = scratch(bytes: 24)
      builder.store(count, to: result)
      builder.store(average(total, count, signed: signed), to: result, at: 8)
      builder.store(total, to: result, at: 16)
      return .memory(result)
    }
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

  /// Adds one CPU's slot to what was merged so far; the second word counts, or says whether the first
  /// means anything.
  private func merge(_ aggregation: Aggregation, _ slot: IRValue, into words: [IRValue]) {
    let old = builder.load(.i64, from: words[0])
    let new = builder.load(.i64, from: slot)
    switch aggregation {
    case .min(let signed), .max(let signed):
      let isSet = builder.isNonzero(builder.load(.i64, from: slot, at: 8))
      let isFirst = builder.compare(.equal, builder.load(.i64, from: words[1]), .word(0))
      let wins = builder.compare(precedes(aggregation, signed: signed), new, old)
      let takes = builder.binary(.and, isSet, builder.binary(.or, isFirst, wins))
      builder.if(takes, "cpu.take") {
        builder.store(new, to: words[0])
        builder.store(.word(1), to: words[1])
      }
    case .average, .stats:
      builder.store(builder.add(old, new), to: words[0])
      let count = builder.add(
        builder.load(.i64, from: words[1]), builder.load(.i64, from: slot, at: 8))
      builder.store(count, to: words[1])
    case .count, .sum, .log2Histogram, .linearHistogram:
      builder.store(builder.add(old, new), to: words[0])
    }
  }

  private func precedes(_ aggregation: Aggregation, signed: Bool) -> IRComparison {
    if case .min = aggregation { return signed ? .lessSigned : .less }
    return signed ? .greaterSigned : .greater
  }

  /// The quotient truncated toward zero; zero if nothing was counted.
  private func average(_ total: IRValue, _ count: IRValue, signed: Bool) -> IRValue {
    let result = scratch(bytes: 8)
    builder.store(.word(0), to: result)
    builder.if(builder.isNonzero(count), "counted") {
      builder.store(
        builder.emit(.binary(signed ? .divideSigned : .divide, total, count)), to: result)
    }
    return builder.load(.i64, from: result)
  }
}
