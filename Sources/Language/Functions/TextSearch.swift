import TraceIR
import TraceModel

extension Function {
  static let textSearch: [Function] = [strcontains, strstr]

  static let strcontains = Function(
    name: "strcontains", family: "Strings and memory",
    signature: Signature([Parameter("text", .any), Parameter("part", .string)]),
    summary: "Whether a text contains another.",
    details: "The empty text is contained in every text. A list of texts is searched as a whole.",
    examples: [
      CatalogExample(
        """
        begin {
          print(strcontains("libc.so.6", ".so"));
          print(strcontains("libc.so.6", "x"));
        }
        """,
        prints: """
          true
          false
          """)
    ],
    check: { call in
      if case .string(let text)? = call.constant(0), case .string(let part)? = call.constant(1) {
        call.fold(to: .boolean(place(of: part, in: text) != nil))
        return .boolean
      }
      checkText(call)
      return .boolean
    },
    lower: { call in
      guard let place = place(call) else { return .none }
      let builder = call.builder
      let isThere = builder.compare(.greaterOrEqualSigned, place, .word(0))
      return .scalar(builder.resize(isThere, to: .i8, signed: false))
    })

  static let strstr = Function(
    name: "strstr", family: "Strings and memory",
    signature: Signature([Parameter("text", .any), Parameter("part", .string)]),
    summary: "Where a text contains another, counted from 0, or -1.",
    details: "The empty text is at the start of every text.",
    examples: [
      CatalogExample(
        """
        begin {
          print(strstr("libc.so.6", ".so"));
          print(strstr("libc.so.6", "x"));
        }
        """,
        prints: """
          4
          -1
          """)
    ],
    check: { call in
      if case .string(let text)? = call.constant(0), case .string(let part)? = call.constant(1) {
        let found = place(of: part, in: text)
        call.fold(to: found.map { .unsigned(UInt64($0), isFlexible: true) } ?? .signed(-1))
        return .int64
      }
      checkText(call)
      return .int64
    }, lower: { call in place(call).map { .scalar($0) } ?? .none })

  private static func checkText(_ call: any CallCheck) {
    switch call.type(0).readable {
    case .string, .presented(.textList): break
    default:
      call.error(
        "argument-kind",
        "\(call.name)() only supports string arguments (\(call.type(0).readable.kindText) provided)",
        argument: 0)
    }
  }

  /// The place of the second argument in the first, or -1: `i64`.
  private static func place(_ call: any CallLowering) -> IRValue? {
    guard case .string(let partCapacity) = call.type(1).readable else { return nil }
    let haystack: Haystack
    switch call.type(0).readable {
    case .string(let capacity):
      haystack = Haystack(text: call.memory(0), capacity: capacity, endsAtNUL: true)
    case .presented(.textList(let capacity)):
      haystack = Haystack(
        text: call.builder.offset(call.memory(0), by: 16), capacity: capacity, endsAtNUL: false)
    default: return nil
    }
    return haystack.place(of: call.memory(1), capacity: partCapacity, in: call)
  }

  private static func place(of part: [UInt8], in text: [UInt8]) -> Int? {
    guard text.count >= part.count else { return nil }
    return (0...(text.count - part.count)).first { text[$0...].starts(with: part) }
  }
}

/// The text that is searched.
struct Haystack {
  let text: IRValue
  let capacity: Int
  let endsAtNUL: Bool

  /// Writes a search from every place of the text: two loops that end for the verifier, because both
  /// counters grow up to a constant.
  ///
  /// - Returns: Where the text has the part, or -1: `i64`.
  func place(of part: IRValue, capacity partCapacity: Int, in code: any CodeLowering) -> IRValue {
    let builder = code.builder
    let result = code.temporary("place", bytes: 8)
    // Slots of their own, so that the verifier can follow them.
    let start = builder.address(of: builder.newSlot("place.start", size: 8))
    let step = builder.address(of: builder.newSlot("place.step", size: 8))
    builder.store(.word(-1), to: result)
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
    let next = builder.load(.i64, from: step)
    builder.branch(
      if: builder.compare(.less, next, .word(partCapacity)), then: more, else: found)

    builder.position(at: more)
    let wanted = byte(of: part, at: next, builder)
    let isPastPart = builder.compare(.equal, wanted, .integer(0, .i8))
    builder.branch(if: isPastPart, then: found, else: compare)

    builder.position(at: compare)
    let place = builder.add(builder.load(.i64, from: start), next)
    let inText = builder.newBlock("contains.in")
    builder.branch(
      if: builder.compare(.less, place, .word(capacity)), then: inText, else: end)
    builder.position(at: inText)
    let there = byte(of: text, at: place, builder)
    builder.branch(if: builder.compare(.equal, there, wanted), then: same, else: differs)

    builder.position(at: same)
    builder.store(builder.add(next, .word(1)), to: step)
    builder.branch(to: inner)

    builder.position(at: differs)
    let here = builder.load(.i64, from: start)
    let isWithin = builder.newBlock("contains.within")
    // Counters that are in memory of a map are anything to the verifier.
    builder.branch(
      if: builder.compare(.less, here, .word(capacity)), then: isWithin, else: end)
    builder.position(at: isWithin)
    let last = byte(of: text, at: here, builder)
    builder.store(builder.add(here, .word(1)), to: start)
    if endsAtNUL {
      builder.branch(
        if: builder.compare(.equal, last, .integer(0, .i8)), then: end, else: outer)
    } else {
      builder.branch(to: outer)
    }

    builder.position(at: found)
    builder.store(builder.load(.i64, from: start), to: result)
    builder.branch(to: end)

    builder.position(at: end)
    return builder.load(.i64, from: result)
  }

  private func byte(of text: IRValue, at index: IRValue, _ builder: IRBuilder) -> IRValue {
    builder.load(.i8, from: builder.emit(.offset(text, by: index)))
  }
}
