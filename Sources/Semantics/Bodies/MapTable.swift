import Diagnostics
import Language
import Syntax
import TraceModel

/// The maps of a script, with what their uses so far say of them.
struct MapTable {
  struct Entry {
    /// With its `@`.
    var name: String
    /// Nil as long as no use has shown whether it has keys.
    var isScalar: Bool?
    /// Nil while unknown.
    var key: ScriptType?
    var keyIsFlexible = false
    /// Which clock its keys were read from.
    var keyClock = ClockReading.unknown
    /// Nil while unknown.
    var value: ScriptType?
    var valueIsFlexible = false
    /// Which clock its values were read from.
    var valueClock = ClockReading.unknown
    /// Whether some value comes from a register.
    var valueIsFromRegister = false
    var declaration: MapDeclarationSyntax?
    var firstUse: SourceRange
    /// Whether an expression looks at its values.
    var isRead = false
    /// Whether this round has met an assignment of something wrong, which is reported already.
    var isWrong = false
  }

  private(set) var entries: [Entry] = []
  private var indices: [String: Int] = [:]
  /// The maps whose types have changed in this round.
  private(set) var changed: Set<Int> = []

  subscript(index: Int) -> Entry { entries[index] }

  /// Prepares for one more round of visits.
  mutating func beginRound() {
    changed = []
    for index in entries.indices { entries[index].isWrong = false }
  }

  /// Makes a declared map known.
  mutating func declare(_ declaration: MapDeclarationSyntax) {
    let index = index(of: declaration.name, at: declaration.nameRange)
    entries[index].declaration = declaration
  }

  /// The index of a map, which is known from here on.
  mutating func index(of name: String, at range: SourceRange) -> Int {
    if let index = indices[name] {
      if let declaration = entries[index].declaration,
        entries[index].firstUse == declaration.nameRange
      {
        entries[index].firstUse = range.prefix(name.utf8.count)
      }
      return index
    }
    entries.append(Entry(name: name, firstUse: range))
    let index = entries.count - 1
    indices[name] = index
    changed.insert(index)
    return index
  }

  /// Notes that an expression looks at a map's values.
  mutating func noteRead(of index: Int) { entries[index].isRead = true }

  /// Gives zeros to the maps that are looked at and never written, and tells whether there are any.
  mutating func fillUnwritten() -> Bool {
    var isAny = false
    for index in entries.indices where entries[index].value == nil && entries[index].isRead {
      entries[index].value = .int64
      isAny = true
    }
    return isAny
  }

  /// Notes a use with or without a key.
  ///
  /// - Returns: What contradicts an earlier use.
  mutating func noteUse(of index: Int, isScalar: Bool, at range: SourceRange) -> Diagnostic? {
    if let known = entries[index].isScalar {
      if known == isScalar { return nil }
      return isScalar
        ? .usedWithoutKey(entries[index].name, at: range)
        : .usedWithKey(entries[index].name, at: range)
    }
    entries[index].isScalar = isScalar
    changed.insert(index)
    return nil
  }

  /// Widens a map's key for one more use.
  ///
  /// - Returns: That it does not fit.
  mutating func noteKey(_ key: ExpressionFacts, of index: Int, at range: SourceRange)
    -> Diagnostic?
  {
    let type = key.type.readable
    guard type.isKnown else { return nil }
    if entries[index].keyClock.join(key.clock) { changed.insert(index) }
    guard let known = entries[index].key else {
      entries[index].key = type
      entries[index].keyIsFlexible = key.isFlexible
      changed.insert(index)
      return nil
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: entries[index].keyIsFlexible, given: type, isFlexible: key.isFlexible)
    else {
      return .keyMismatch(entries[index].name, key: type, slot: known, at: range)
    }
    if common != known {
      entries[index].key = common
      changed.insert(index)
    }
    if entries[index].keyIsFlexible, !key.isFlexible { entries[index].keyIsFlexible = false }
    return nil
  }

  /// Widens a map's value for one more assignment.
  ///
  /// - Returns: That it does not fit.
  mutating func noteValue(_ value: ExpressionFacts, of index: Int, at range: SourceRange)
    -> Diagnostic?
  {
    if value.type.isPoison { entries[index].isWrong = true }
    guard value.type.isKnown else { return nil }
    if entries[index].valueClock.join(value.clock) { changed.insert(index) }
    if value.isFromRegister, !entries[index].valueIsFromRegister {
      entries[index].valueIsFromRegister = true
      changed.insert(index)
    }
    guard let known = entries[index].value else {
      entries[index].value = value.type
      entries[index].valueIsFlexible = value.isFlexible
      changed.insert(index)
      return nil
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: entries[index].valueIsFlexible, given: value.type,
        isFlexible: value.isFlexible)
    else {
      if let conflict = Self.conflict(known, value.type) {
        return .error(conflict.id, conflict.message, at: range)
      }
      return .mapMismatch(entries[index].name, value: value.type, slot: known, at: range)
    }
    if common != known {
      entries[index].value = common
      changed.insert(index)
    }
    if entries[index].valueIsFlexible, !value.isFlexible { entries[index].valueIsFlexible = false }
    return nil
  }

  /// What is wrong with two calls of one aggregating function, if that is what the types are of.
  private static func conflict(
    _ known: ScriptType, _ given: ScriptType
  ) -> AggregationFunction.Conflict? {
    guard case .aggregation(let known) = known, case .aggregation(let given) = given,
      known.tag == given.tag
    else { return nil }
    return Catalog.function(of: given).conflict
  }
}
