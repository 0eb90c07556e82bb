import Diagnostics
import Language
import Syntax

/// The functions of a script, with what is known of their signatures.
struct FunctionTable {
  struct Entry {
    let syntax: FunctionSyntax
    /// Those of the parameters, in order.
    var parameters: [Slot]
    var result: Slot
  }

  /// The type of a parameter or result.
  struct Slot {
    var type = ScriptType.unresolved
    /// Whether it is text whose capacity the script leaves out, so that it grows with what it is given.
    var isGrowing = false

    /// Takes what the script says of the type.
    ///
    /// - Returns: Whether that is news.
    mutating func declare(_ declared: ScriptType) -> Bool {
      if case .string(0) = declared {
        if isGrowing { return false }
        self = Slot(type: .string(capacity: 1), isGrowing: true)
        return true
      }
      defer { type = declared }
      return type != declared
    }

    /// Makes room for a value, if the script leaves that open.
    ///
    /// - Returns: Whether that is news.
    mutating func widen(for value: ScriptType) -> Bool {
      guard isGrowing, case .string = value, let common = Promotion.common(type, value),
        common != type
      else { return false }
      type = common
      return true
    }
  }

  private(set) var entries: [Entry]
  private var indices: [String: Int] = [:]
  /// The functions whose signatures have changed in this round.
  private(set) var changed: Set<Int> = []

  init(_ functions: [FunctionSyntax]) {
    entries = functions.map { syntax in
      Entry(syntax: syntax, parameters: syntax.parameters.map { _ in Slot() }, result: Slot())
    }
    // The first one of a name counts; the others are reported.
    for (index, function) in functions.enumerated().reversed() { indices[function.name] = index }
  }

  subscript(index: Int) -> Entry { entries[index] }

  var names: some Sequence<String> { indices.keys }

  /// The index of the function of that name.
  func index(of name: String) -> Int? { indices[name] }

  /// Prepares for one more round of visits.
  mutating func beginRound() { changed = [] }

  /// Takes what the script says of a signature.
  mutating func declare(_ index: Int, parameters: [ScriptType], result: ScriptType) {
    for (position, type) in parameters.enumerated()
    where entries[index].parameters[position].declare(type) {
      changed.insert(index)
    }
    if entries[index].result.declare(result) { changed.insert(index) }
  }

  /// Notes what a parameter is given.
  mutating func noteArgument(_ type: ScriptType, _ position: Int, of index: Int) {
    if entries[index].parameters[position].widen(for: type) { changed.insert(index) }
  }

  /// Notes what a function returns.
  mutating func noteResult(_ type: ScriptType, of index: Int) {
    if entries[index].result.widen(for: type) { changed.insert(index) }
  }
}
