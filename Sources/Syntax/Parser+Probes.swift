import Diagnostics
import SystemText

extension Parser {
  /// Attach points, predicate and action block.
  mutating func parseProbe() throws(SyntaxFailure) -> ProbeSyntax {
    var attachPoints = try parseChoice()
    while take(.comma), kind != .leftBrace, kind != .slash { attachPoints += try parseChoice() }
    let all = attachPoints[0].range.through(attachPoints[attachPoints.count - 1].range)
    var predicate: PredicateSyntax?
    if kind == .slash {
      do throws(SyntaxFailure) {
        predicate = try parsePredicate()
      } catch {
        skipToBlock()
      }
    } else if kind != .leftBrace {
      report(.expected("'{'", at: tokenRange))
      skipToBlock()
    }
    let body = try parseBlock()
    return ProbeSyntax(attachPoints: attachPoints, predicate: predicate, body: body, range: all)
  }

  /// One attach point, several that differ by names in braces, or several with `|` between them.
  private mutating func parseChoice() throws(SyntaxFailure) -> [AttachPointSyntax] {
    var points = try parseAttachPoints()
    guard kind == .bar else { return points }
    while take(.bar) { points += try parseAttachPoints() }
    for (first, second) in zip(points, points.dropFirst()) where first.range == second.range {
      throw fail(.expected("one attach point beside '|'", at: first.range))
    }
    for index in points.indices {
      points[index].choice = AttachPointSyntax.Choice(
        isFirst: index == 0, isLast: index == points.count - 1)
    }
    return points
  }

  mutating func skipToBlock() {
    while kind != .leftBrace, kind != .endOfFile { advance() }
  }

  private mutating func parsePredicate() throws(SyntaxFailure) -> PredicateSyntax {
    let start = advance().end
    isInPredicate = true
    defer { isInPredicate = false }
    let condition = try parseExpression()
    let end = try expect(.slash, "'/'").start
    return PredicateSyntax(condition: condition, range: range(start, end))
  }

  // MARK: Attach points

  /// Reads an attach point from `position` on, or several of one range that differ by names in braces. It is raw
  /// text, so no token may be looked at before.
  private mutating func parseAttachPoints() throws(SyntaxFailure) -> [AttachPointSyntax] {
    let start = skipTrivia(from: position)
    let (name, textStart) = attachPointName(at: start)
    let end = try attachPointEnd(from: textStart)
    guard end > textStart else {
      position = textStart
      let stop = min(textStart + 1, file.bytes.count)
      throw fail(.expectedAttachPoint(at: range(textStart, stop)))
    }
    if String(validating: file.bytes[textStart..<end], as: UTF8.self) == nil {
      report(.invalidUTF8InAttachPoint(at: range(textStart, end)))
    }
    let bytes = substituteParameters(textStart..<end)
    position = end
    previousEnd = end
    return BracedNames.texts(of: bytes.filled).map { bytesOfOne in
      let text = AttachPointText(bytes: bytesOfOne)
      return AttachPointSyntax(
        name: name, text: text.text, parts: text.parts, usesParameters: bytes.usesParameters,
        range: range(start, end))
    }
  }

  /// Returns the offset of the first byte from `offset` on that is no white space or comment.
  mutating func skipTrivia(from offset: Int) -> Int {
    var seen: [Range<Int>] = []
    let (next, isUnterminated) = lexer.skipTrivia(from: offset, comments: &seen)
    note(comments: seen)
    if isUnterminated { report(.unterminatedComment(at: endOfFile)) }
    return next
  }

  /// Returns the name before a `=`, and where the attach point goes on after it.
  private mutating func attachPointName(at start: Int) -> (name: String?, next: Int) {
    guard let end = lexer.identifierEnd(at: start) else { return (nil, start) }
    let sign = lexer.token(from: end)
    guard sign.kind == .assign else { return (nil, start) }
    return (lexer.text(start..<end), skipTrivia(from: sign.end))
  }

  /// Returns where the attach point that begins at `start` ends.
  private mutating func attachPointEnd(from start: Int) throws(SyntaxFailure) -> Int {
    var hasColon = false
    var offset = start
    while let byte = lexer.byte(at: offset) {
      switch byte {
      case UInt8(ascii: "{") where offset > start:
        guard let end = BracedNames.end(from: offset, byteAt: { lexer.byte(at: $0) }) else {
          return offset
        }
        offset = end - 1
      case UInt8(ascii: "{"), UInt8(ascii: ","): return offset
      case _ where byte.isWhiteSpace: return offset
      case UInt8(ascii: "/") where !hasColon: return offset
      case UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: ";"):
        // None of these can begin one; inside, as in `f(int)`, they are text.
        if offset == start { return offset }
      case UInt8(ascii: ":"): hasColon = true
      case UInt8(ascii: "\""): offset = try quotedEnd(from: offset)
      case 0..<0x20, 0x7f:
        report(
          .invalidCharacter(file.bytes[offset...offset], at: range(offset, offset + 1)))
      default: break
      }
      offset += 1
    }
    return offset
  }

  /// Returns the offset of the quote that closes the one at `start`.
  private mutating func quotedEnd(from start: Int) throws(SyntaxFailure) -> Int {
    var offset = start + 1
    while let byte = lexer.byte(at: offset), byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\"") { return offset }
      if byte == 0 { report(.invalidCharacter([0], at: range(offset, offset + 1))) }
      let isEscape = byte == UInt8(ascii: "\\") && lexer.byte(at: offset + 1) != UInt8(ascii: "\n")
      offset += isEscape ? 2 : 1
    }
    offset = min(offset, file.bytes.count)
    position = offset
    throw fail(
      .unterminatedString(at: offset == file.bytes.count ? endOfFile : range(start, offset)))
  }

  /// Returns the text with `$N` outside quotes replaced. A parameter that was not given is empty.
  private mutating func substituteParameters(
    _ text: Range<Int>
  ) -> (filled: [UInt8], usesParameters: Bool) {
    var filled: [UInt8] = []
    var usesParameters = false
    var isInQuotes = false
    var offset = text.lowerBound
    while offset < text.upperBound {
      let byte = file.bytes[offset]
      var end = offset + 1
      switch byte {
      case UInt8(ascii: "\""): isInQuotes.toggle()
      case UInt8(ascii: "\\") where isInQuotes: end = min(end + 1, text.upperBound)
      case UInt8(ascii: "$") where !isInQuotes:
        while end < text.upperBound, file.bytes[end].isDigit { end += 1 }
        usesParameters = true
        filled += parameter(offset..<end, in: text)
        offset = end
        continue
      default: break
      }
      filled += file.bytes[offset..<end]
      offset = end
    }
    return (filled, usesParameters)
  }

  /// Returns the text of the parameter that `digits` names, `$` included.
  private mutating func parameter(_ digits: Range<Int>, in text: Range<Int>) -> [UInt8] {
    guard digits.count > 1 else {
      var end = digits.upperBound
      while end < text.upperBound, file.bytes[end] != UInt8(ascii: ":") { end += 1 }
      let name = lexer.text(digits.lowerBound..<end)
      report(.dollarInAttachPoint(name, at: range(digits.lowerBound, end)))
      return []
    }
    guard let number = Int(lexer.text(digits.lowerBound + 1..<digits.upperBound)), number > 0
    else {
      report(
        .positionalOutOfRange(
          lexer.text(digits), at: range(digits.lowerBound, digits.upperBound)))
      return []
    }
    return number <= parameters.count ? parameters[number - 1].systemBytes : []
  }
}
