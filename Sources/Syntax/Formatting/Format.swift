import Diagnostics

/// Returns the text of a script in the one layout that scripts have here, always the same for the same
/// tree, comments and blank lines.
///
/// The result parses to the same tree. Literals, attach points and C definitions keep their spelling,
/// comments their places; of parentheses only those go that are around a whole value or around what is
/// one thing anyway.
///
/// - Parameter script: Must have been parsed without errors.
package func format(_ script: ParsedScript) -> [UInt8] {
  precondition(!script.diagnostics.hasErrors, "only what can be parsed has a layout")
  var formatter = Formatter(script)
  var writer = LayoutWriter()
  writer.write(formatter.scriptLayout())
  return writer.bytes
}

/// Makes the layout of a script, from its beginning to its end, so that each comment is met once.
struct Formatter {
  let tree: ScriptTree
  let file: SourceFile
  let lexer: Lexer
  private let comments: [Range<Int>]
  /// The first comment that has not found its place yet.
  private var nextComment = 0

  init(_ script: ParsedScript) {
    tree = script.tree
    file = script.file
    lexer = Lexer(bytes: script.file.bytes)
    comments = script.comments.map { $0.start..<$0.end }
  }

  // MARK: Lines

  /// Something that has lines of its own, in a block or at the top.
  struct Entry {
    var range: Range<Int>
    var layout: (inout Formatter) -> Layout
  }

  /// What stands before lines.
  enum Opening {
    case nothing
    /// A brace: the first line follows directly.
    case brace
    /// A line of its own.
    case line
  }

  /// Returns entries on lines of their own, with the comments and blank lines that are between them.
  ///
  /// - Parameters:
  ///   - entries: In the order of the source.
  ///   - bounds: From the end of what comes before to the start of what follows. The comments in
  ///     there belong here.
  ///   - opening: What stands before.
  mutating func lines(_ entries: [Entry], in bounds: Range<Int>, after opening: Opening) -> Layout {
    var parts: [Layout] = []
    var end = bounds.lowerBound
    let isBlock = opening == .brace
    var isFirst = opening != .line
    /// Whether what comes next may follow on the line of a comment.
    var followsComment = false

    /// Ends the line before what begins at `start`.
    func separate(_ start: Int) {
      defer { isFirst = false }
      let count = lineEnds(in: end..<start)
      if followsComment, count == 0 { return parts.append(.text(" ")) }
      if isFirst {
        if isBlock { parts.append(.lineEnds(1)) }
      } else {
        parts.append(.lineEnds(max(1, count)))
      }
    }
    func addComments(before limit: Int) {
      while nextComment < comments.count, comments[nextComment].lowerBound < limit {
        let comment = comments[nextComment]
        nextComment += 1
        // Inside what was written as it is.
        guard comment.lowerBound >= end else { continue }
        let isTrailing =
          (!isFirst || isBlock) && !followsComment
          && lineEnds(in: end..<comment.lowerBound) == 0
        if isTrailing {
          parts.append(.text(" "))
        } else {
          separate(comment.lowerBound)
        }
        parts.append(source(comment))
        end = comment.upperBound
        followsComment = !isTrailing && lexer.has("/*", at: comment.lowerBound)
      }
    }
    for entry in entries {
      addComments(before: entry.range.lowerBound)
      separate(entry.range.lowerBound)
      followsComment = false
      parts.append(entry.layout(&self))
      end = entry.range.upperBound
    }
    addComments(before: bounds.upperBound)
    return .sequence(parts)
  }

  private func lineEnds(in range: Range<Int>) -> Int {
    file.bytes[min(range.lowerBound, range.upperBound)..<range.upperBound]
      .count { $0 == UInt8(ascii: "\n") }
  }

  // MARK: The source as it is

  /// Returns bytes of the source as they are.
  func source(_ range: Range<Int>) -> Layout {
    let start = file.lineStarts[file.position(of: range.lowerBound).line - 1]
    let lines = file.bytes[range].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return .source(lines.map { $0.trimmed }, column: range.lowerBound - start)
  }

  func source(_ range: SourceRange) -> Layout { source(range.start..<range.end) }

  /// Whether a comment stands in a range, but not in any of `blocks`.
  func hasComment(in range: Range<Int>, outside blocks: [SourceRange] = []) -> Bool {
    commentIndices(in: range).contains { index in
      !blocks.contains {
        $0.start < comments[index].lowerBound && comments[index].upperBound < $0.end
      }
    }
  }

  private func commentIndices(in range: Range<Int>) -> Range<Int> {
    /// The first comment that begins at `offset` or later.
    func first(from offset: Int) -> Int {
      var low = 0
      var high = comments.count
      while low < high {
        let middle = (low + high) / 2
        if comments[middle].lowerBound < offset { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let start = first(from: range.lowerBound)
    return start..<max(start, first(from: range.upperBound))
  }

  /// Passes over the comments before `offset`: they were written with what they stand in.
  mutating func passComments(before offset: Int) {
    while nextComment < comments.count, comments[nextComment].lowerBound < offset {
      nextComment += 1
    }
  }
}

extension ArraySlice<UInt8> {
  /// Without white space at the end.
  fileprivate var trimmed: ArraySlice<UInt8> {
    var end = endIndex
    while end > startIndex, self[end - 1].isWhiteSpace { end -= 1 }
    return self[startIndex..<end]
  }
}
