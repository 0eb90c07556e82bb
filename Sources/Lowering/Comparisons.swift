import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Comparisons of numbers, texts and everything that is made of them.
extension BodyLowering {
  /// The truth value of a comparison.
  func lowerComparison(
    _ sign: BinaryOperator, _ left: ExprID, _ right: ExprID
  ) -> IRValue {
    let (x, y) = (type(left), type(right))
    if x.isScalar, y.isScalar {
      return builder.compare(
        comparison(sign, signed: comparesSigned(left, right)), integer(left), integer(right))
    }
    let isEqual: IRValue
    if let text = constantText(right), x.isString, text.count < Self.inlineLimit {
      isEqual = equals(bytes(of: value(left), x), x, text: text)
    } else if let text = constantText(left), y.isString, text.count < Self.inlineLimit {
      isEqual = equals(bytes(of: value(right), y), y, text: text)
    } else {
      isEqual = equals(value(left), x, value(right), y)
    }
    return sign == .notEqual ? builder.not(isEqual) : isEqual
  }

  private func comparison(_ sign: BinaryOperator, signed: Bool) -> IRComparison {
    switch sign {
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: signed ? .lessSigned : .less
    case .lessOrEqual: signed ? .lessOrEqualSigned : .lessOrEqual
    case .greater: signed ? .greaterSigned : .greater
    case .greaterOrEqual: signed ? .greaterOrEqualSigned : .greaterOrEqual
    default: preconditionFailure("\(sign) is no comparison")
    }
  }

  /// Whether the type in which two numbers are compared is signed.
  private func comparesSigned(_ left: ExprID, _ right: ExprID) -> Bool {
    if type(left).isPointer || type(right).isPointer { return false }
    return Promotion.comparison(facts(left), facts(right)).type.isSigned
  }

  private func constantText(_ id: ExprID) -> [UInt8]? {
    if case .string(let text)? = facts(id).constant { text } else { nil }
  }

  // MARK: Equality

  /// Whether two values are equal.
  private func equals(
    _ a: LoweredValue, _ x: ScriptType, _ b: LoweredValue, _ y: ScriptType
  ) -> IRValue {
    switch (x, y) {
    case (_, _) where x.isScalar && y.isScalar:
      return builder.compare(.equal, integer(a, x), integer(b, y))
    case (.string(let left), .string(let right)):
      return equalBytes(bytes(of: a, x), bytes(of: b, y), count: min(left, right))
    case (.buffer(let left), .buffer(let right)):
      return equalBytes(bytes(of: a, x), bytes(of: b, y), count: min(left, right) + 4)
    case (.tuple, .tuple) where x == y, (.record, .record) where x == y:
      return equalBytes(bytes(of: a, x), bytes(of: b, y), count: size(x))
    case (.tuple, .tuple), (.record, .record):
      return equalElements(bytes(of: a, x), x, bytes(of: b, y), y)
    default:
      let (left, right) = (size(x), size(y))
      guard left == right, left > 0 else { return .false }
      return equalBytes(bytes(of: a, x), bytes(of: b, y), count: left)
    }
  }

  /// Whether each element of a tuple or record equals the one of its place or name in another. It leaves at
  /// the first difference: what LLVM may do at once it keeps on the stack at once.
  private func equalElements(
    _ p: IRValue, _ x: ScriptType, _ q: IRValue, _ y: ScriptType
  ) -> IRValue {
    let others = elements(y)
    let pairs = elements(x).enumerated().compactMap { number, element in
      let other =
        element.name.isEmpty
        ? (number < others.count ? others[number] : nil)
        : others.first { $0.name == element.name }
      return other.map { (element, $0) }
    }
    guard pairs.count == elements(x).count else { return .false }
    guard let last = pairs.indices.last else { return .true }
    let verdict = scratch(bytes: 8)
    let done = builder.newBlock("compare.end")
    for (number, (element, other)) in pairs.enumerated() {
      let isEqual = equals(
        load(element.type, at: place(element.offset, behind: p)), element.type,
        load(other.type, at: place(other.offset, behind: q)), other.type)
      builder.store(builder.resize(isEqual, to: .i64, signed: false), to: verdict)
      let next = number == last ? done : builder.newBlock("compare.next")
      builder.branch(if: isEqual, then: next, else: done)
      builder.position(at: next)
    }
    return builder.isNonzero(builder.load(.i64, from: verdict))
  }

  /// Whether a text in memory is a known one, as far as its capacity goes.
  private func equals(_ pointer: IRValue, _ type: ScriptType, text: [UInt8]) -> IRValue {
    let wanted = Array(text.prefix { $0 != 0 }) + [0]
    let count = min(size(type), wanted.count)
    return noDifference(
      pieces(count, width: isAligned(pointer) ? 8 : 1).map { offset, width in
        let part = wanted[offset..<(offset + width)].reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }
        let type = IRType.integer(bytes: width)
        return difference(
          builder.load(type, from: pointer, at: offset),
          builder.resize(.word(Int64(bitPattern: part)), to: type, signed: false))
      })
  }

  /// The most bytes that are compared without a loop.
  private static let inlineLimit = 64
  /// The most loads from either side that are compared without a loop: LLVM keeps what they gave on the stack.
  private static let mostInlineLoads = 16
  /// The most rounds in which a loop compares one word at a time.
  private static let mostRounds = 1024

  /// Whether two pieces of memory hold the same bytes.
  func equalBytes(_ a: IRValue, _ b: IRValue, count: Int) -> IRValue {
    let width = isAligned(a) && isAligned(b) ? 8 : 1
    // Where a loop may be left, the verifier notes a branch, and at most 8,192 behind each other.
    let chunk = count / width > Self.mostRounds ? 16 * width : width
    let isLong = count > Self.inlineLimit || count / width > Self.mostInlineLoads
    let looped = isLong ? count / chunk * chunk : 0
    var differences =
      looped > 0 ? [loopDifference(a, b, count: looped, width: width, chunk: chunk)] : []
    for (offset, width) in pieces(count - looped, width: width) {
      let type = IRType.integer(bytes: width)
      differences.append(
        difference(
          builder.load(type, from: a, at: looped + offset),
          builder.load(type, from: b, at: looped + offset)))
    }
    return noDifference(differences)
  }

  /// Cuts a number of bytes into loads of at most `width`, each at a multiple of its own size.
  private func pieces(_ count: Int, width: Int) -> [(offset: Int, width: Int)] {
    var result: [(Int, Int)] = []
    var offset = 0
    while offset < count {
      let fitting = [8, 4, 2, 1].first { $0 <= width && $0 <= count - offset } ?? 1
      result.append((offset, fitting))
      offset += fitting
    }
    return result
  }

  /// 64 bits that are zero if two numbers are equal.
  private func difference(_ a: IRValue, _ b: IRValue) -> IRValue {
    builder.resize(builder.binary(.xor, a, b), to: .i64, signed: false)
  }

  private func noDifference(_ differences: [IRValue]) -> IRValue {
    guard let first = differences.first else { return .true }
    let all = differences.dropFirst().reduce(first) { builder.binary(.or, $0, $1) }
    return builder.compare(.equal, all, .word(0))
  }

  /// What `noDifference` takes, for many bytes: a loop whose count is known, which leaves at the first
  /// difference between chunks.
  private func loopDifference(
    _ a: IRValue, _ b: IRValue, count: Int, width: Int, chunk: Int
  ) -> IRValue {
    let position = scratch(bytes: 8)
    let found = scratch(bytes: 8)
    builder.store(.word(0), to: position)
    let next = builder.newBlock("compare")
    let more = builder.newBlock("compare.more")
    let done = builder.newBlock("compare.end")
    builder.branch(to: next)

    builder.position(at: next)
    let offset = builder.load(.i64, from: position)
    let type = IRType.integer(bytes: width)
    let left = builder.emit(.offset(a, by: offset))
    let first = builder.load(type, from: left)
    let right = builder.emit(.offset(b, by: offset))
    var different = difference(first, builder.load(type, from: right))
    for step in Swift.stride(from: width, to: chunk, by: width) {
      let next = difference(
        builder.load(type, from: left, at: step), builder.load(type, from: right, at: step))
      different = builder.binary(.or, different, next)
    }
    builder.store(different, to: found)
    builder.branch(if: builder.isNonzero(different), then: done, else: more)

    builder.position(at: more)
    let following = builder.add(offset, .word(chunk))
    builder.store(following, to: position)
    builder.branch(
      if: builder.compare(.less, following, .word(count)), then: next, else: done)

    builder.position(at: done)
    return builder.load(.i64, from: found)
  }
}
