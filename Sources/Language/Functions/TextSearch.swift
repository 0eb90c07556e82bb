import TraceIR
import TraceModel

extension Function {
  static let textSearch: [Function] = [strcontains]

  static let strcontains = Function(
    name: "strcontains", family: "Strings and memory",
    signature: Signature([Parameter("text", .any), Parameter("part", .string)]),
    summary: "Whether a text contains another.",
    details: "The empty text is contained in every text. A list of texts is searched as a whole.",
    check: { call in
      if case .string(let text)? = call.constant(0), case .string(let part)? = call.constant(1) {
        call.fold(to: .boolean(contains(text, part)))
        return .boolean
      }
      switch call.type(0).readable {
      case .string, .presented(.textList): break
      default:
        call.error(
          "argument-kind",
          "strcontains() only supports string arguments (\(call.type(0).readable.kindText) provided)",
          argument: 0)
      }
      return .boolean
    },
    lower: { call in
      guard case .string(let partCapacity) = call.type(1).readable else { return .none }
      let haystack: Haystack
      switch call.type(0).readable {
      case .string(let capacity):
        haystack = Haystack(text: call.memory(0), capacity: capacity, endsAtNUL: true)
      case .presented(.textList(let capacity)):
        haystack = Haystack(
          text: call.builder.offset(call.memory(0), by: 16), capacity: capacity, endsAtNUL: false)
      default: return .none
      }
      return .scalar(
        haystack.contains(call.memory(1), capacity: partCapacity, call: call))
    })

  private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard text.count >= part.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
  }
}

/// The text that is searched.
private struct Haystack {
  let text: IRValue
  let capacity: Int
  let endsAtNUL: Bool

  /// Writes a search from every place of the text: two loops that end for the verifier, because both
  /// counters grow up to a constant.
  ///
  /// - Returns: The truth as `i8`.
  func contains(_ part: IRValue, capacity partCapacity: Int, call: any CallLowering) -> IRValue {
    let builder = call.builder
    let result = call.temporary("strcontains", bytes: 8)
    let start = call.temporary("strcontains.start", bytes: 8)
    let step = call.temporary("strcontains.step", bytes: 8)
    builder.store(.integer(0, .i8), to: result)
    builder.store(.word(0), to: start)
    let outer = builder.newBlock("contains.from")
    let first = builder.newBlock("contains.first")
    let inner = builder.newBlock("contains.next")
    let more = builder.newBlock("contains.more")
    let compare = builder.newBlock("contains.compare")
    let same = builder.newBlock("contains.same")
    let differs = builder.newBlock("contains.differs")
    let found = builder.newBlock("contains.found")
    let end = builder.newBlock("contains.end")
    builder.branch(to: outer)

    builder.position(at: outer)
    builder.branch(
      if: builder.compare(.less, builder.load(.i64, from: start), .word(capacity)), then: first,
      else: end)

    builder.position(at: first)
    builder.store(.word(0), to: step)
    builder.branch(to: inner)

    builder.position(at: inner)
    builder.branch(
      if: builder.compare(.less, builder.load(.i64, from: step), .word(partCapacity)), then: more,
      else: found)

    builder.position(at: more)
    let wanted = byte(of: part, at: builder.load(.i64, from: step), builder)
    let isPastPart = builder.compare(.equal, wanted, .integer(0, .i8))
    builder.branch(if: isPastPart, then: found, else: compare)

    builder.position(at: compare)
    let place = builder.add(builder.load(.i64, from: start), builder.load(.i64, from: step))
    let inText = builder.newBlock("contains.in")
    builder.branch(
      if: builder.compare(.less, place, .word(capacity)), then: inText, else: end)
    builder.position(at: inText)
    let there = byte(of: text, at: place, builder)
    builder.branch(if: builder.compare(.equal, there, wanted), then: same, else: differs)

    builder.position(at: same)
    builder.store(builder.add(builder.load(.i64, from: step), .word(1)), to: step)
    builder.branch(to: inner)

    builder.position(at: differs)
    let here = builder.load(.i64, from: start)
    let last = byte(of: text, at: here, builder)
    builder.store(builder.add(here, .word(1)), to: start)
    if endsAtNUL {
      builder.branch(
        if: builder.compare(.equal, last, .integer(0, .i8)), then: end, else: outer)
    } else {
      builder.branch(to: outer)
    }

    builder.position(at: found)
    builder.store(.integer(1, .i8), to: result)
    builder.branch(to: end)

    builder.position(at: end)
    return builder.load(.i8, from: result)
  }

  private func byte(of text: IRValue, at index: IRValue, _ builder: IRBuilder) -> IRValue {
    builder.load(.i8, from: builder.emit(.offset(text, by: index)))
  }
}
