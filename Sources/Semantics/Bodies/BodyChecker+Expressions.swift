import CDeclarations
import Diagnostics
import Language
import MachineView
import Syntax
import SystemText
import TraceIR
import TraceModel

extension BodyChecker {
  /// Checks an expression, notes what was found out, and returns it.
  @discardableResult
  func check(_ id: ExprID, for use: ExpressionUse = []) -> ExpressionFacts {
    let outer = expansion
    expansion = tree[id].expansion
    defer { expansion = outer }
    var found = examine(id, for: use)
    found.isFromRegister = isFromRegister(id, found)
    facts[id] = found
    return found
  }

  /// Whether a value is what a register held, or is made of that.
  private func isFromRegister(_ id: ExprID, _ found: ExpressionFacts) -> Bool {
    guard found.constant == nil else { return false }
    switch found.meaning {
    case .function(let function): return function.isRegister
    case .variable(let index): return variables[index].isFromRegister
    case .map(let index): return maps[index].valueIsFromRegister
    default: break
    }
    let operands: [ExprID] =
      switch tree[id].kind {
      case .unary(_, let operand), .cast(_, let operand), .tupleElement(let operand, _): [operand]
      case .binary(_, let left, let right): [left, right]
      case .ternary(_, let then?, let otherwise): [then, otherwise]
      case .tuple(let elements): elements
      default: []
      }
    return operands.contains { facts[$0]?.isFromRegister == true }
  }

  private func examine(_ id: ExprID, for use: ExpressionUse) -> ExpressionFacts {
    let syntax = tree[id]
    let range = syntax.range
    switch syntax.kind {
    case .integer(let literal):
      return constant(.unsigned(literal.value, isFlexible: true))
    case .string(let bytes):
      let limit = configuration.maxStringLength
      if bytes.count >= limit, !use.contains(.compileTimeText) {
        report(.literalTooLong(bytes, limit: limit, at: range))
        return ExpressionFacts(type: .poison)
      }
      return constant(.string(bytes))
    case .boolean(let value): return constant(.boolean(value))
    case .variable(let name): return checkVariable(name, at: range)
    case .map(let name): return checkScalarMap(name, at: range)
    case .mapElement(let name, let keys): return checkElement(name, keys, at: range)
    case .positional(let number): return checkPositional(number, for: use, at: range)
    case .positionalCount:
      let count = target.parameters.count
      return ExpressionFacts(
        type: .int64,
        meaning: .parameter(
          PositionalParameter(
            source: .positionalCount, text: String(count), isFinal: target.parametersAreFinal),
          default: .unsigned(UInt64(count), isFlexible: true)), isFlexible: true)
    case .identifier(let name): return checkIdentifier(name, at: range)
    case .call(let call): return checkCall(call, for: use, at: range)
    case .unary(let sign, let operand): return checkUnary(sign, operand, at: range)
    case .step(let sign, let operand): return checkStep(sign, operand, for: use, at: range)
    case .binary(let sign, let left, let right):
      var use = use.intersection([.compileTimeText, .optionalText])
      if case .positional = tree[left].kind {} else { use.remove(.optionalText) }
      var start = check(left, for: use)
      if sign == .add, use.contains(.optionalText), case .parameter(let word, _) = start.meaning,
        word.isFinal
      {
        // Where words are taken, a number behind one drops characters, also those of a number.
        let meaning = start.meaning
        start = constant(.string(word.text.systemBytes))
        start.meaning = meaning
      }
      return checkBinary(
        sign, start, tree[left].range, check(right, for: use), tree[right].range, at: range)
    case .ternary(let condition, let then, let otherwise):
      return checkTernary(
        condition, then, otherwise, for: use.intersection(.compileTimeText), at: range)
    case .field(let base, let name): return checkField(base, name, at: range)
    case .tupleElement(let base, let index):
      let found = check(base)
      return element(of: found, index, at: range)
    case .index(let base, let index): return checkIndex(base, index, at: range)
    case .cast(let type, let operand): return checkCast(type, operand, at: range)
    case .tuple(let elements): return checkTuple(elements)
    case .record(let fields): return checkRecord(fields)
    case .ifElse(let syntax): return checkIf(syntax, id, wantsValue: true)
    case .block(let block):
      return checkBlock(block, wantsValue: true, for: use.intersection(.assignedToMap))
    case .sizeof(let operand): return checkSize(operand, at: range)
    case .offsetof(let operand, let fields): return checkOffset(operand, fields, at: range)
    case .typeinfo(let operand): return checkTypeInformation(operand, at: range)
    case .typeof:
      report(.lonelyTypeof(at: range))
      return ExpressionFacts(type: .poison)
    case .comptime(let inner): return checkComptime(inner, for: use, at: range)
    case .shown(let inner, let condition):
      var found = check(inner)
      let question = LoadTimeConstant.Source.condition(script.shownConditions[condition])
      if found.constant == .boolean(true) {
        found.loadTimeQuestion = LoadTimeQuestion(source: question, defaultAnswer: false)
      }
      found.type = found.type.readable
      found.constant = nil
      found.isFlexible = false
      found.meaning = .plain
      return found
    case .invalid: return ExpressionFacts(type: .poison)
    }
  }

  func constant(_ value: Constant) -> ExpressionFacts {
    let isFlexible =
      if case .unsigned(let number, true) = value { number <= UInt64(Int64.max) } else { false }
    return ExpressionFacts(type: value.type, constant: value, isFlexible: isFlexible)
  }

  /// A known value: a constant, or the word that a positional parameter will have.
  func constantOrParameter(_ found: ExpressionFacts) -> Constant? {
    if let constant = found.constant { return constant }
    if case .parameter(let parameter, let value) = found.meaning, parameter.isFinal { return value }
    return nil
  }

  // MARK: Tuples and records

  private func checkTuple(_ members: [ExprID]) -> ExpressionFacts {
    let found = members.map { checkMember($0) }
    if let unknown = firstUnknown(found) { return unknown }
    return ExpressionFacts(
      type: .tuple(found.map(\.type)), clock: .elements(found.map(\.clock)))
  }

  private func checkRecord(_ fields: [RecordFieldSyntax]) -> ExpressionFacts {
    let found = fields.map { checkMember($0.value) }
    if let unknown = firstUnknown(found) { return unknown }
    return ExpressionFacts(
      type: .record(
        zip(fields, found).map { ScriptType.RecordField(name: $0.name.name, type: $1.type) }),
      clock: .elements(found.map(\.clock)))
  }

  /// A value that goes into a tuple or record.
  private func checkMember(_ id: ExprID) -> ExpressionFacts {
    let found = check(id)
    let type = found.type.readable
    if type == .none {
      report(.noValue(at: tree[id].range))
      return ExpressionFacts(type: .poison)
    }
    return ExpressionFacts(type: type, clock: found.clock)
  }

  /// What makes the whole unknown: a wrong value before one that is not known yet.
  private func firstUnknown(_ values: [ExpressionFacts]) -> ExpressionFacts? {
    values.first(where: \.type.isPoison) ?? values.first { !$0.type.isKnown }
  }

  // MARK: Names

  func undefined(_ name: String, at range: SourceRange) -> Diagnostic {
    return .undefinedVariable(
      name, similar: NearestName.of(name, among: variables.visibleNames),
      hint: variables.hasAny(named: name)
        ? "Declare it before the block that assigns it: let \(name);"
        : nil,
      at: range)
  }

  private func checkVariable(_ name: String, at range: SourceRange) -> ExpressionFacts {
    guard let index = variables.index(of: name) else {
      report(undefined(name, at: range))
      return ExpressionFacts(type: .poison)
    }
    if !variables[index].isAssigned, loopDepth == 0 {
      report(
        .warning(
          "unassigned-variable", "Variable used before it was assigned: \(name)", at: range))
    }
    guard let type = variables[index].type else {
      if variables[index].isWrong {
        return ExpressionFacts(type: .poison, meaning: .variable(index))
      }
      return ExpressionFacts(
        type: unresolved(.unresolvedVariable(at: range)), meaning: .variable(index))
    }
    return ExpressionFacts(
      type: type, meaning: .variable(index),
      isFlexible: variables[index].isFlexible && !variables[index].isFixed,
      clock: variables[index].clock)
  }

  private func checkScalarMap(_ name: String, at range: SourceRange) -> ExpressionFacts {
    let index = mapIndex(name, at: range)
    guard noteUse(of: index, isScalar: true, at: range) else {
      return ExpressionFacts(type: .poison, meaning: .map(index))
    }
    return mapValue(index, at: range)
  }

  private func checkElement(_ name: String, _ keys: [ExprID], at range: SourceRange)
    -> ExpressionFacts
  {
    let index = mapIndex(name, at: range)
    let fits = noteUse(of: index, isScalar: false, at: range)
    let key = checkKeys(keys)
    guard fits else { return ExpressionFacts(type: .poison, meaning: .map(index)) }
    noteKey(key, of: index, at: range)
    noteLook(into: index, at: range)
    return mapValue(index, at: range)
  }

  private func mapValue(_ index: Int, at range: SourceRange) -> ExpressionFacts {
    script.maps.noteRead(of: index)
    guard let value = maps[index].value else {
      if maps[index].isWrong { return ExpressionFacts(type: .poison, meaning: .map(index)) }
      return ExpressionFacts(
        type: unresolved(.undefinedMap(maps[index].name, at: range)), meaning: .map(index))
    }
    return ExpressionFacts(
      type: value, meaning: .map(index), isFlexible: maps[index].valueIsFlexible,
      clock: maps[index].valueClock)
  }

  /// Notes that the script wants to know what is in a map, and reports it if no program can.
  func noteLook(into index: Int, at range: SourceRange) {
    if maps[index].key?.isToBeUnwound == true {
      report(.unwoundMap(maps[index].name, at: range))
    }
  }

  /// The key that one or several expressions in brackets are.
  func checkKeys(_ keys: [ExprID]) -> ExpressionFacts {
    let found = keys.map { check($0) }
    for (id, key) in zip(keys, found) {
      switch key.type {
      case .none:
        report(.noValue(at: tree[id].range))
        return ExpressionFacts(type: .poison)
      case .aggregation(let aggregation) where !aggregation.isCastable:
        report(
          .error(
            "map-key", "\(key.type.text) cannot be part of a map key", at: tree[id].range))
        return ExpressionFacts(type: .poison)
      case .arguments:
        report(.error("map-key", "context cannot be part of a map key", at: tree[id].range))
        return ExpressionFacts(type: .poison)
      default: break
      }
    }
    if let unknown = firstUnknown(found) { return unknown }
    if found.count == 1 { return found[0] }
    return ExpressionFacts(
      type: .tuple(found.map(\.type.readable)), clock: .elements(found.map(\.clock)))
  }

  private func checkPositional(_ number: Int, for use: ExpressionUse, at range: SourceRange)
    -> ExpressionFacts
  {
    let text = number <= target.parameters.count ? target.parameters[number - 1] : ""
    let parameter = PositionalParameter(
      source: .positional(number), text: text, isFinal: target.parametersAreFinal)
    if text.isEmpty, target.parametersAreFinal, !use.contains(.optionalText) {
      report(
        .warning(
          "missing-parameter",
          "Positional parameter $\(number) is empty or not provided. ", at: range))
    }
    switch ParameterText.integer(text) {
    case .unsigned(let value, _)?:
      return ExpressionFacts(
        type: value > UInt64(Int64.max) ? .uint64 : .int64,
        meaning: .parameter(parameter, default: .unsigned(value, isFlexible: true)),
        isFlexible: true)
    case .signed(let value)?:
      return ExpressionFacts(
        type: .int64, meaning: .parameter(parameter, default: .signed(value)))
    case _ where text.isEmpty:
      return ExpressionFacts(
        type: .int64, meaning: .parameter(parameter, default: .unsigned(0, isFlexible: true)),
        isFlexible: true)
    default:
      return ExpressionFacts(
        type: .string(capacity: text.systemBytes.count + 1),
        meaning: .parameter(parameter, default: .string(text.systemBytes)))
    }
  }

  private func checkIdentifier(_ name: String, at range: SourceRange) -> ExpressionFacts {
    if let function = Catalog.builtin(name) {
      return checkCall(
        function, CallSyntax(name: name, nameRange: range, arguments: []), at: range)
    }
    do throws(MachineError) {
      if let found = try types.enumerator(name) {
        guard let value = found.value.fixed else {
          return ExpressionFacts(type: found.type, meaning: .typeNumber(found.value))
        }
        return ExpressionFacts(
          type: found.type,
          constant: value < 0 ? .signed(value) : .unsigned(UInt64(value), isFlexible: false))
      }
    } catch { return failure(error, at: range) }
    if let constant = headerConstant(name) { return constant }
    if Catalog.functions[name] != nil || Catalog.aggregations[name] != nil {
      report(
        .error(
          "unknown-identifier", "Unknown identifier: '\(name)'", at: range,
          hints: ["\(name) is a function: \(name)()"]))
      return ExpressionFacts(type: .poison)
    }
    let known =
      Catalog.functions.values.filter(\.isBuiltin).map(\.name)
      + Library.all.filter(\.parameters.isEmpty).map(\.name)
      + tree.macros.filter(\.parameters.isEmpty).map(\.name)
    report(.unknownIdentifier(name, similar: NearestName.of(name, among: known), at: range))
    return ExpressionFacts(type: .poison)
  }

  /// A constant that headers of C define, which scripts need not include for that: `O_CREAT`, `AT_FDCWD`.
  private func headerConstant(_ name: String) -> ExpressionFacts? {
    let digits = CEnvironment.headerConstant(name, on: target.architecture.targetMacro)
    guard let digits else { return nil }
    if let number = UInt64(digits) { return constant(.unsigned(number, isFlexible: true)) }
    return Int64(digits).map { constant(.signed($0)) }
  }

  // MARK: Ternary

  private func checkTernary(
    _ condition: ExprID, _ then: ExprID?, _ otherwise: ExprID, for use: ExpressionUse,
    at range: SourceRange
  ) -> ExpressionFacts {
    let asked = checkCondition(condition, of: range)
    if isChosenWhileCompiling(condition) {
      // What is not taken need not make sense.
      guard let holds = asked.constant.map(Folding.holds) else { return .unknown(asked) }
      return holds ? then.map { check($0, for: use) } ?? asked : check(otherwise, for: use)
    }
    let decided = asked.constant.map(Folding.holds)
    let first = then.map { check($0, for: use) } ?? asked
    let second = check(otherwise, for: use)
    if let decided {
      let taken = decided ? first : second
      let other = decided ? second : first
      if let value = taken.constant {
        var result = ExpressionFacts(
          type: taken.type, constant: value, isFlexible: taken.isFlexible)
        if other.constant == nil,
          let common = Promotion.slot(
            taken.type, isFlexible: taken.isFlexible, given: other.type.readable,
            isFlexible: other.isFlexible)
        {
          result.type = common
          result.isFlexible = taken.isFlexible && other.isFlexible
        }
        return result
      }
    }
    if first.type == .none, second.type == .none { return ExpressionFacts(type: .none) }
    return merge(first, second, at: range)
  }

  // MARK: What is known while compiling

  /// `comptime e`: the value of `e`, which must be known when the script is compiled.
  private func checkComptime(_ inner: ExprID, for use: ExpressionUse, at range: SourceRange)
    -> ExpressionFacts
  {
    var found = check(inner, for: use)
    if let value = constantOrParameter(found) {
      found.constant = value
      return found
    }
    if isKnownWhileCompiling(inner) || isAnsweredWhenLoaded(inner) { return found }
    guard found.type.isKnown else { return .unknown(found) }
    return ExpressionFacts(type: unresolved(.unknownWhileCompiling(at: range)))
  }

  /// Whether an expression is made of values that are known when the script is compiled.
  private func isKnownWhileCompiling(_ id: ExprID) -> Bool {
    if let found = facts[id], constantOrParameter(found) != nil { return true }
    if case .typeNumber? = facts[id]?.meaning { return true }
    switch tree[id].kind {
    case .tuple(let members): return members.allSatisfy { isKnownWhileCompiling($0) }
    case .record(let fields): return fields.allSatisfy { isKnownWhileCompiling($0.value) }
    case .cast(_, let inner), .comptime(let inner): return isKnownWhileCompiling(inner)
    default: return false
    }
  }

  /// Whether a condition is said to be known when the script is compiled. One that the loader answers decides
  /// later, so that both ways have to make sense.
  func isChosenWhileCompiling(_ condition: ExprID) -> Bool {
    guard case .comptime(let inner) = tree[condition].kind else { return false }
    return facts[condition]?.constant != nil || !isAnsweredWhenLoaded(inner)
  }

  /// Whether an expression is made of what the loader answers.
  private func isAnsweredWhenLoaded(_ id: ExprID) -> Bool {
    guard let found = facts[id] else { return false }
    if found.loadTimeQuestion != nil || found.constant != nil { return true }
    return switch tree[id].kind {
    case .unary(.not, let operand), .comptime(let operand): isAnsweredWhenLoaded(operand)
    case .binary(.and, let left, let right), .binary(.or, let left, let right):
      isAnsweredWhenLoaded(left) && isAnsweredWhenLoaded(right)
    default: false
    }
  }

  /// `typeinfo(x)`: what kind of type it is, and the type's name.
  private func checkTypeInformation(_ operand: TypeOrExpression, at range: SourceRange)
    -> ExpressionFacts
  {
    guard allowsUnstable("typeinfo", key: "unstable_typeinfo", at: range) else {
      return ExpressionFacts(type: .poison)
    }
    let type = rawType(of: operand)
    guard type.isKnown else { return ExpressionFacts(type: type) }
    // Enumerators are numbers.
    let kind = if case .enumeration = type { "int" } else { type.kindName }
    return constant(
      .record([
        Constant.Field("btf_id", .unsigned(0, isFlexible: true)),
        Constant.Field("base_type", .string(Array(kind.utf8))),
        Constant.Field("full_type", .string(Array(type.text.utf8))),
      ]))
  }

  // MARK: Fields and elements

  private func checkField(_ base: ExprID, _ name: FieldName, at range: SourceRange)
    -> ExpressionFacts
  {
    let found = check(base)
    if case .record(let fields)? = found.constant,
      let field = fields.first(where: { $0.name == name.name })
    {
      return constant(field.value)
    }
    switch found.type {
    case .poison, .unresolved: return .unknown(found)
    case .arguments:
      guard let field = probe.context.arguments?.first(where: { $0.name == name.name }) else {
        if ["common_type", "common_flags", "common_preempt_count", "common_pid"].contains(name.name)
        {
          report(.commonField(at: range))
          return ExpressionFacts(type: .poison)
        }
        // Where there are registers, the fields are parameters of a function.
        var diagnostic =
          probe.context.savedRegisters != nil
          ? Diagnostic.noParameter(name.name, at: range)
          : Diagnostic.noArgument(name.name, of: probe.name, at: range)
        let known = probe.context.arguments?.map(\.name) ?? []
        if let similar = NearestName.of(name.name, among: known) {
          diagnostic.hints.append("Did you mean '\(similar)'?")
        }
        report(diagnostic)
        return ExpressionFacts(type: .poison)
      }
      if case .nowhere(let reason) = field.access {
        report(
          .error(
            "unreadable-argument", "\(name.name) of \(probe.name) cannot be read: \(reason)",
            at: range))
        return ExpressionFacts(type: .poison)
      }
      if let reason = field.provenance.reason { script.bind(reason, at: range) }
      return ExpressionFacts(type: field.type, meaning: .context(field))
    case .record(let fields):
      guard let index = fields.firstIndex(where: { $0.name == name.name }) else {
        report(.noField(name.name, in: found.type, at: range))
        return ExpressionFacts(type: .poison)
      }
      if let constants = found.fieldConstants { return constant(constants[index]) }
      return ExpressionFacts(
        type: fields[index].type, meaning: .element(index), clock: found.clock.element(index))
    default: break
    }
    var type = found.type
    while case .pointer(let target, _) = type { type = target }
    let space = space(of: base)
    guard case .structure(let reference) = type else {
      report(.noField(name.name, in: found.type, at: range))
      return ExpressionFacts(type: .poison)
    }
    do throws(MachineError) {
      if let field = try types.field(name.name, of: reference, space: space) {
        return ExpressionFacts(
          type: Self.value(of: field, reference), meaning: .structureField(field, reference))
      }
      guard let known = try types.fields(of: reference, space: space) else {
        report(.unknownStructure("\(type.text)", at: range))
        return ExpressionFacts(type: .poison)
      }
      var diagnostic = Diagnostic.noField(name.name, in: type, at: range)
      if let similar = NearestName.of(name.name, among: known.map(\.name)) {
        diagnostic.hints.append("Did you mean '\(similar)'?")
      }
      report(diagnostic)
      return ExpressionFacts(type: .poison)
    } catch { return failure(error, at: range) }
  }

  /// The space that an expression points to; of a structure or an array, where it was found.
  private func space(of id: ExprID) -> AddressSpace {
    guard let type = facts[id]?.type else { return .kernel }
    if case .pointer(var target, var space) = type {
      while case .pointer(let next, let nextSpace) = target { (target, space) = (next, nextSpace) }
      return space
    }
    if case .arguments = type { return probe.context.space }
    switch tree[id].kind {
    case .field(let base, _), .index(let base, _), .unary(.dereference, let base):
      return space(of: base)
    default: return .kernel
    }
  }

  /// The type of a field's value. Text that fills an array of the script's own is whole, and gets room for a
  /// NUL; the kernel's arrays end with one.
  private static func value(
    of field: StructureField, _ structure: StructureReference
  ) -> ScriptType {
    guard structure.origin == .script, case .string(let count) = field.type else {
      return field.type
    }
    return .string(capacity: count + 1)
  }

  private func element(of base: ExpressionFacts, _ index: UInt64, at range: SourceRange)
    -> ExpressionFacts
  {
    let elements: [ScriptType]
    switch base.type {
    case .tuple(let types): elements = types
    case .record(let fields): elements = fields.map(\.type)
    case .poison, .unresolved: return ExpressionFacts(type: base.type)
    default:
      report(.noElement(index, in: base.type, at: range))
      return ExpressionFacts(type: .poison)
    }
    guard index < UInt64(elements.count) else {
      report(.tupleIndex(index, count: elements.count, at: range))
      return ExpressionFacts(type: .poison)
    }
    return ExpressionFacts(
      type: elements[Int(index)], meaning: .element(Int(index)),
      clock: base.clock.element(Int(index)))
  }

  private func checkIndex(_ base: ExprID, _ index: ExprID, at range: SourceRange)
    -> ExpressionFacts
  {
    let (found, position) = (check(base), check(index))
    var constant = constantOrParameter(position)
    if case .typeNumber(let number, let count) = position.meaning, case .tuple = found.type {
      constant = assume(number, times: count, position, index).constant
    }
    if !found.type.isKnown || !position.type.isKnown { return .unknown(found, position) }
    if case .tuple = found.type {
      guard let value = constant?.integer, value >= 0 else {
        report(
          constant == nil
            ? .tupleIndexLiteral(at: range) : .indexType(position.type, at: range))
        return ExpressionFacts(type: .poison)
      }
      return element(of: found, UInt64(value), at: range)
    }
    let type = position.type.readable
    guard type.isNumber, (constant?.bits ?? 0) >= 0 else {
      report(.indexType(type, at: range))
      return ExpressionFacts(type: .poison)
    }
    switch found.type {
    case .array(let element, let count):
      if let value = constant?.integer, count > 0, value >= Int64(count) {
        report(.outOfBounds(value, count: count, at: range))
        return ExpressionFacts(type: .poison)
      }
      return ExpressionFacts(type: element, meaning: .index)
    case .string(let capacity):
      if let value = constant?.integer, value >= Int64(capacity) {
        report(.outOfBounds(value, count: capacity, at: range))
        return ExpressionFacts(type: .poison)
      }
      return ExpressionFacts(type: .int8, meaning: .index)
    case .pointer(let target, _) where target != .void:
      return ExpressionFacts(type: target, meaning: .index)
    default:
      report(.notIndexable(found.type, at: range))
      return ExpressionFacts(type: .poison)
    }
  }

  // MARK: Types as operands

  /// The type that a syntax names.
  func resolve(_ id: TypeID) -> ScriptType {
    let syntax = tree[id]
    switch syntax.base {
    case .typeof(let operand):
      let type = type(of: operand)
      guard type.isKnown else { return type }
      return TypeNames.apply(syntax.suffixes, to: type, space: spaceOfCasts)
    case .named(let keyword, let name):
      if keyword == nil, let type = TypeNames.builtin(name) {
        return TypeNames.apply(syntax.suffixes, to: type, space: spaceOfCasts)
      }
      do throws(MachineError) {
        guard
          let type = try types.named(name, keyword: keyword?.rawValue, space: spaceOfCasts)
        else {
          report(
            .unknownType(
              (keyword.map { "\($0.rawValue) " } ?? "") + name, at: syntax.range))
          return .poison
        }
        return TypeNames.apply(syntax.suffixes, to: type, space: spaceOfCasts)
      } catch { return failure(error, at: syntax.range).type }
    }
  }

  /// The space of pointers that come from casts.
  private var spaceOfCasts: AddressSpace { addressSpace }

  /// The type of a type or expression; a number for what is read as one.
  func type(of operand: TypeOrExpression) -> ScriptType { rawType(of: operand).readable }

  /// The type of a type or expression.
  private func rawType(of operand: TypeOrExpression) -> ScriptType {
    let outer = asksForType
    asksForType = true
    defer { asksForType = outer }
    switch operand {
    case .type(let type): return resolve(type)
    case .expression(let expression):
      // Of a map that is asked for as a whole, the values are meant.
      if case .map(let name) = tree[expression].kind {
        let index = mapIndex(name, at: tree[expression].range)
        if maps[index].isScalar == false { return maps[index].value ?? .unresolved }
      }
      return check(expression).type
    case .name(let type, let expression):
      if case .named(_, let name) = tree[type].base, Catalog.builtin(name) != nil {
        return check(expression).type
      }
      return resolve(type)
    }
  }

  private func checkSize(_ operand: TypeOrExpression, at range: SourceRange) -> ExpressionFacts {
    let type = type(of: operand)
    guard type.isKnown else { return ExpressionFacts(type: type) }
    // The size of one element can be relocated.
    var element = type
    var count = 1
    while case .array(let next, let number) = element {
      element = next
      count *= number
    }
    do throws(MachineError) {
      return number(try types.size(of: element), times: count)
    } catch { return failure(error, at: range) }
  }

  /// A size or offset: a constant where it is the same everywhere.
  private func number(_ number: TypeNumber, times count: Int = 1) -> ExpressionFacts {
    if let value = number.fixed {
      return constant(.unsigned(UInt64(value) * UInt64(count), isFlexible: true))
    }
    return ExpressionFacts(
      type: .int64, meaning: .typeNumber(number, times: count), isFlexible: true)
  }

  /// A number about types as a constant, where there must be one; binds the script.
  func assume(
    _ number: TypeNumber, times count: Int, _ found: ExpressionFacts, _ id: ExprID
  ) -> ExpressionFacts {
    let value = number.assumed { script.bind($0, at: tree[id].range) } * Int64(count)
    var found = found
    found.constant = value < 0 ? .signed(value) : .unsigned(UInt64(value), isFlexible: false)
    facts[id] = found
    return found
  }

  /// Reports that the machine does not tell its types.
  private func failure(_ error: MachineError, at range: SourceRange) -> ExpressionFacts {
    report(.machine(error, at: range))
    return ExpressionFacts(type: .poison)
  }

  /// - Parameter question: `.offset`, or `.exists`: then a field that is not there is no mistake.
  func checkOffset(
    _ operand: TypeOrExpression, _ fields: [FieldName], asks question: IRFieldQuestion = .offset,
    at range: SourceRange
  ) -> ExpressionFacts {
    var type = type(of: operand)
    guard type.isKnown else { return ExpressionFacts(type: type) }
    let whole = type
    var way: [StructureField] = []
    for name in fields {
      guard case .structure(let reference) = type else {
        report(.error("offsetof", "'\(type.text)' is not a C type.", at: range))
        return ExpressionFacts(type: .poison)
      }
      do throws(MachineError) {
        guard let field = try types.field(name.name, of: reference, space: .kernel) else {
          if question == .exists { return constant(.unsigned(0, isFlexible: true)) }
          report(
            .error("offsetof", "'\(type.text)' has no field named '\(name.name)'", at: range))
          return ExpressionFacts(type: .poison)
        }
        way.append(field)
        type = field.type
      } catch { return failure(error, at: range) }
    }
    guard case .structure(let reference) = whole else {
      return constant(.unsigned(0, isFlexible: true))
    }
    return number(
      question == .exists
        ? types.existence(of: way, in: reference) : types.offset(of: way, in: reference))
  }
}
