import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Loops, and how they are left.
extension BodyLowering {
  func lowerBreak() {
    switch loops.last {
    case .blocks(let end, _): builder.branch(to: end)
    case .callback: builder.return(.word(1))
    case nil: break
    }
  }

  func lowerContinue() {
    switch loops.last {
    case .blocks(_, let next): builder.branch(to: next)
    case .callback: builder.return(.word(0))
    case nil: break
    }
  }

  // MARK: while and unroll

  func lowerWhile(_ condition: ExprID, _ body: BlockID) {
    let head = builder.newBlock("while")
    let work = builder.newBlock("while.body")
    let end = builder.newBlock("while.end")
    builder.branch(to: head)
    builder.position(at: head)
    branch(on: condition, then: work, else: end)
    builder.position(at: work)
    loops.append(.blocks(break: end, continue: head))
    lowerBlock(body)
    loops.removeLast()
    builder.branch(to: head)
    builder.position(at: end)
  }

  /// The most copies of an unrolled body.
  private static let unrollLimit: Int64 = 100

  func lowerUnroll(_ count: ExprID, _ body: BlockID) {
    let end = builder.newBlock("unroll.end")
    var copies = facts(count).constant?.integer ?? Self.unrollLimit
    var wanted: IRValue?
    if facts(count).constant == nil {
      wanted = integer(count)
      if case .parameter(let parameter, let constant) = facts(count).meaning, parameter.isFinal {
        copies = constant.integer ?? copies
      }
    }
    for number in 0..<max(0, min(copies, Self.unrollLimit)) where !builder.isTerminated {
      if let wanted {
        let again = builder.newBlock("unroll")
        builder.branch(
          if: builder.compare(.lessSigned, .word(number), wanted), then: again, else: end)
        builder.position(at: again)
      }
      let next = builder.newBlock("unroll.next")
      loops.append(.blocks(break: end, continue: next))
      lowerBlock(body)
      loops.removeLast()
      builder.branch(to: next)
      builder.position(at: next)
    }
    builder.branch(to: end)
    builder.position(at: end)
  }

  // MARK: for

  func lowerFor(_ loop: ForSyntax, _ id: StmtID) {
    guard let variable = typed.declarations[id] else { return }
    switch loop.iteration {
    case .range(let first, let end): lowerRange(first, end, variable, loop.body)
    case .map(let map): lowerIteration(over: map, variable, loop.body)
    }
  }

  /// The most calls that the kernel makes for one `bpf_loop`.
  private static let loopLimit: Int64 = 1 << 23

  private func lowerRange(_ first: ExprID, _ end: ExprID, _ variable: Int, _ body: BlockID) {
    script.require(.loop)
    let (start, stop) = (integer(first), integer(end))
    let signed = Promotion.comparison(facts(first), facts(end)).type.isSigned
    let count = builder.binary(.sub, stop, start)
    var slot: IRSlotID?
    if start.constant == nil {
      let taken = memory.take(size: 8)
      builder.store(start, to: address(of: taken))
      slot = taken
    }
    lowerCallback("loop", .loop(parent: builder.function)) {
      let base = slot.map { builder.load(.i64, from: address(of: $0)) } ?? start
      let type = typed.variables[variable].type
      store(
        .scalar(builder.add(base, .parameter(0, .i64))), .int64,
        to: self.slot(ofVariable: variable, isWritten: true), as: type)
      lowerBlock(body)
    } run: { callback in
      // Not even a loop of no rounds may be asked for: the verifier would forget the callback that
      // the call still names.
      builder.if(builder.compare(signed ? .lessSigned : .less, start, stop), "loop") {
        let result = builder.emit(.loop(count: count, callback: callback))
        if let known = count.constant, known <= Self.loopLimit { return }
        check(result, helper: .loop, isReportedByDefault: true, at: nil)
      }
    }
  }

  private func lowerIteration(over map: ExprID, _ variable: Int, _ body: BlockID) {
    guard case .map(let index) = facts(map).meaning, let key = script.script.maps[index].key
    else {
      _ = unsupported("a loop over this", map)
      return
    }
    script.require(.forEachMapElement)
    let type = typed.variables[variable].type
    lowerCallback("for_each", .forEach(parent: builder.function)) {
      let pair = slot(ofVariable: variable, isWritten: true)
      let parts = elements(type)
      if hasGaps(type) { builder.zero(pair, bytes: size(type)) }
      guard parts.count == 2 else { return }
      let (keyPointer, valuePointer) = (
        IRValue.parameter(0, .pointer), IRValue.parameter(1, .pointer)
      )
      store(
        load(key, at: keyPointer), key, to: builder.offset(pair, by: parts[0].offset),
        as: parts[0].type)
      memory.scope {
        let kept = script.script.maps[index].value
        let value =
          if case .aggregation(let aggregation) = kept {
            merged(aggregation, of: index, key: keyPointer)
          } else {
            load(kept, at: valuePointer)
          }
        store(
          value, kept.readable, to: builder.offset(pair, by: parts[1].offset), as: parts[1].type)
      }
      lowerBlock(body)
    } run: { callback in
      builder.perform(.iterate(map: index, callback: callback))
    }
  }

  /// Writes a callback and the instruction that has it called.
  private func lowerCallback(
    _ name: String, _ role: IRFunction.Role, _ body: () -> Void, run: (Int) -> Void
  ) {
    let usedBefore = departure.isUsed
    departure.isUsed = false
    let number = builder.module.functions.count
    let line = builder.line
    let callback = builder.beginFunction(
      name: "\(builder.module.functions[root].name)_\(name)_\(number)", role: role)
    loops.append(.callback)
    body()
    loops.removeLast()
    builder.endFunction()
    builder.line = line
    // What the callback declared is gone; another copy of the loop has a callback of its own.
    variableSlots = variableSlots.filter { $0.value.function != callback }
    clearDeparture()
    run(callback)
    followDeparture()
    departure.isUsed = departure.isUsed || usedBefore
  }
}
