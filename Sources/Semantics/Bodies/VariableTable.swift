import Diagnostics
import Language
import Syntax

/// The scratch variables of one body, with what assignments so far say of them.
///
/// The variables of a body are numbered in the order in which a visit meets them, which is the same in
/// every visit; so a later visit finds what an earlier one knew.
struct VariableTable {
  struct Entry {
    /// What made the variable known.
    enum Origin {
      case assignment, declaration, loop
    }

    /// With its `$`.
    var name: String
    /// Nil while unknown.
    var type: ScriptType?
    var isFlexible = false
    /// Which clock its values were read from.
    var clock = ClockReading.unknown
    /// Whether some value comes from a register.
    var isFromRegister = false
    /// Whether a declaration fixes the type.
    var isFixed = false
    var declaration: SourceRange
    /// The value that it is declared with and that nothing changes, so far.
    var definition: ExprID?
    var origin = Origin.assignment
    /// Whether some assignment came before, in the order of the text.
    var isAssigned = false
    var isEverAssigned = false
    /// Whether this visit has met an assignment of something wrong, which is reported already.
    var isWrong = false
  }

  private(set) var entries: [Entry] = []
  /// The variables whose types have changed in this visit.
  private(set) var changed: Set<Int> = []
  private var scopes: [[String: Int]] = []
  private var next = 0

  subscript(index: Int) -> Entry {
    get { entries[index] }
    set { entries[index] = newValue }
  }

  /// Prepares for one more visit.
  mutating func beginVisit() {
    changed = []
    scopes = []
    next = 0
    for index in entries.indices {
      entries[index].isAssigned = false
      entries[index].isWrong = false
    }
  }

  // MARK: Scopes

  mutating func openScope() { scopes.append([:]) }

  mutating func closeScope() { scopes.removeLast() }

  /// The names in scope.
  var visibleNames: [String] { scopes.flatMap(\.keys) }

  /// Whether any scope of the body has a variable of that name.
  func hasAny(named name: String) -> Bool { entries.contains { $0.name == name } }

  /// The variable of that name that is in scope.
  func index(of name: String) -> Int? {
    for scope in scopes.reversed() {
      if let index = scope[name] { return index }
    }
    return nil
  }

  /// Declares a variable in the innermost scope.
  mutating func declare(_ name: String, at range: SourceRange) -> Int {
    let index = next
    next += 1
    if index == entries.count {
      entries.append(Entry(name: name, declaration: range))
      changed.insert(index)
    }
    scopes[scopes.count - 1][name] = index
    return index
  }

  /// Whether the innermost scope has a variable of that name.
  func isInInnermostScope(_ name: String) -> Bool { scopes.last?[name] != nil }

  /// Declares a parameter, which has its type and a value from the beginning.
  mutating func declareParameter(_ name: String, _ type: ScriptType, at range: SourceRange) {
    let index = declare(name, at: range)
    entries[index].origin = .declaration
    entries[index].isFixed = true
    entries[index].isAssigned = true
    entries[index].isEverAssigned = true
    entries[index].isWrong = type.isPoison
    entries[index].type = type.isKnown ? type : nil
  }

  // MARK: Types

  /// Widens a variable's type for one more assignment.
  ///
  /// - Parameters:
  ///   - place: Where the value stands.
  ///   - range: The whole assignment.
  /// - Returns: What is wrong with the assignment.
  mutating func noteAssignment(
    _ value: ExpressionFacts, of place: SourceRange, to index: Int, at range: SourceRange
  ) -> Diagnostic? {
    entries[index].isAssigned = true
    entries[index].isEverAssigned = true
    var value = value
    value.type = value.type.readable
    if value.type.isPoison { entries[index].isWrong = true }
    guard value.type.isKnown else { return nil }
    if case .aggregation = value.type {
      entries[index].isWrong = true
      return .aggregationInVariable(value.type, at: range)
    }
    if value.type == .none {
      entries[index].isWrong = true
      return .noValue(at: range)
    }
    if entries[index].clock.join(value.clock) { changed.insert(index) }
    if value.isFromRegister, !entries[index].isFromRegister {
      entries[index].isFromRegister = true
      changed.insert(index)
    }
    guard let known = entries[index].type else {
      entries[index].type = value.type
      entries[index].isFlexible = value.isFlexible
      changed.insert(index)
      return nil
    }
    if entries[index].isFixed {
      switch FixedSlot.fit(value, known) {
      case .fits: return nil
      case .loses: return .losesUnsigned(value.type, to: known, at: place)
      case .mismatches:
        return .variableMismatch(entries[index].name, value: value.type, slot: known, at: range)
      }
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: entries[index].isFlexible, given: value.type,
        isFlexible: value.isFlexible)
    else {
      return .variableMismatch(entries[index].name, value: value.type, slot: known, at: range)
    }
    if common != known {
      entries[index].type = common
      changed.insert(index)
    }
    if entries[index].isFlexible, !value.isFlexible { entries[index].isFlexible = false }
    return nil
  }
}

/// Something whose type is written in the script, and a value that it is given.
enum FixedSlot {
  case fits
  /// It is converted, and may not be the same afterwards.
  case loses
  case mismatches

  /// How a value fits into a slot of a type.
  static func fit(_ value: ExpressionFacts, _ slot: ScriptType) -> FixedSlot {
    switch (slot, value.type) {
    case (.integer(let bytes, let signed), .integer(let given, let givenSigned)):
      if let constant = value.constant, !value.isCast {
        return Folding.cast(constant, bytes: bytes, signed: signed)?.bits != constant.bits
          || (!signed && givenSigned && constant.bits ?? 0 < 0) ? .mismatches : .fits
      }
      return given > bytes || (given == bytes && givenSigned != signed) ? .loses : .fits
    case (.integer, .boolean), (.integer, .enumeration), (.boolean, .integer): return .fits
    case (.string(let capacity), .string(let given)): return given > capacity ? .mismatches : .fits
    default: return Promotion.common(slot, value.type) == slot ? .fits : .mismatches
    }
  }
}
