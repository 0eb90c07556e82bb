import Testing
import TraceIR
import TraceModel

/// What the builder says of ways that are written is what the whole function says.
struct DominatorTests {
  /// Numbers that are the same in each run.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  /// Writes branches, loops and returns; `mayJump` also ways to blocks that have begun and that others come by.
  private func compare(seed: UInt64, mayJump: Bool) -> Int {
    var numbers = Numbers(state: seed)
    let builder = IRBuilder(module: IRModule(name: "m"))
    builder.beginFunction(name: "f", role: .program(label: "raw_tp/f"))
    var loops: [(head: IRBlockID, end: IRBlockID)] = []
    var begun = [builder.block]
    var trueAnswers = 0

    func position(at block: IRBlockID) {
      builder.position(at: block)
      begun.append(block)
      let whole = IRDominators(builder.module.functions[builder.function])
      for other in begun where other != block {
        let isPassed = whole.dominates(other.index, block.index)
        if isPassed { trueAnswers += 1 }
        #expect(builder.hasPassed(other) == isPassed, "seed \(seed): \(other) before \(block)")
      }
    }
    func condition() -> IRValue { builder.emit(.helper(.getPrandomU32, [])) }
    func holds() -> IRValue { builder.isNonzero(condition()) }
    func write(_ depth: Int) {
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        switch depth > 2 ? 9 : Int.random(in: 0..<10, using: &numbers) {
        case 0...3:
          let (then, other, join) = (
            builder.newBlock("then"), builder.newBlock("else"), builder.newBlock("join")
          )
          builder.branch(if: holds(), then: then, else: other)
          for block in [then, other] {
            position(at: block)
            write(depth + 1)
            builder.branch(to: join)
          }
          position(at: join)
        case 4...5:
          let (head, body, end) = (
            builder.newBlock("head"), builder.newBlock("body"), builder.newBlock("end")
          )
          builder.branch(to: head)
          position(at: head)
          builder.branch(if: holds(), then: body, else: end)
          position(at: body)
          loops.append((head, end))
          write(depth + 1)
          loops.removeLast()
          builder.branch(to: head)
          position(at: end)
        case 6:
          if let loop = loops.last {
            builder.branch(to: Bool.random(using: &numbers) ? loop.head : loop.end)
          }
        case 7: if depth > 1 { builder.return(.word(0)) }
        case 8:
          if mayJump, let block = begun.randomElement(using: &numbers) { builder.branch(to: block) }
        default: _ = condition()
        }
      }
    }
    write(0)
    return trueAnswers
  }

  @Test(arguments: [false, true]) func agreesWithTheWholeFunction(mayJump: Bool) {
    let answers = (1...20).reduce(0) { $0 + compare(seed: UInt64($1), mayJump: mayJump) }
    #expect(answers > 100)
  }
}
