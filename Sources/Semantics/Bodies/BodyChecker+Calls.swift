import Diagnostics
import Language
import MachineView
import ObjectFiles
import Syntax
import TraceIR
import TraceModel

extension BodyChecker {
  /// Checks a call of whatever has that name.
  func checkCall(_ call: CallSyntax, for use: ExpressionUse, at range: SourceRange)
    -> ExpressionFacts
  {
    if let index = script.functions.index(of: call.name) {
      return checkCall(ofFunction: index, call, at: range)
    }
    if let (index, function) = script.imported[call.name] {
      return checkCall(ofImported: function, index, call, at: range)
    }
    if let function = Catalog.functions[call.name] ?? Catalog.builtin(call.name) {
      return checkCall(function, call, for: use, at: range)
    }
    if let aggregation = Catalog.aggregations[call.name] {
      return checkAggregation(aggregation, call, for: use, at: range)
    }
    for argument in call.arguments { _ = check(argument) }
    let known: [String] = [
      Array(Catalog.functions.keys), Array(Catalog.aggregations.keys),
      Array(script.functions.names), Array(script.imported.keys), Array(Library.macros.keys),
      tree.macros.map(\.name),
    ].flatMap { $0 }
    report(
      .unknownFunction(call.name, similar: NearestName.of(call.name, among: known), at: range))
    return ExpressionFacts(type: .poison)
  }

  /// Checks a call of a function or builtin.
  func checkCall(
    _ function: Function, _ call: CallSyntax, for use: ExpressionUse = [], at range: SourceRange
  ) -> ExpressionFacts {
    let site = CallSite(
      checker: self, call: call, range: range, isDiscarded: use.contains(.discarded))
    guard site.takeArguments(function.signature) else {
      return ExpressionFacts(type: .poison, meaning: .function(function))
    }
    if function.isUnsafe, !target.allowsUnsafe {
      report(
        .error(
          "unsafe-function",
          function.invocation == .asynchronous
            ? "\(function.name)() is an unsafe function being used in safe mode"
            : "\(function.name)() is unsafe. To use you need the --unsafe flag", at: range))
      return ExpressionFacts(type: .poison, meaning: .function(function))
    }
    if case .function = environment, function.needsProbe {
      report(.outsideProbe(function.name, at: range))
      return ExpressionFacts(type: .poison, meaning: .function(function))
    }
    if let unknown = site.unknownArgument {
      return ExpressionFacts(type: unknown, meaning: .function(function))
    }
    if function.invocation == .asynchronous, !function.writesToPinnedIterators,
      pinnedIteration != nil
    {
      report(.unheardOutput(function.name, at: range))
    }
    let type = function.check(site)
    var found = ExpressionFacts(
      type: type, constant: site.result, meaning: .function(function),
      isFlexible: site.resultIsFlexible, clock: site.resultClock)
    found.loadTimeQuestion = site.question
    found.fieldConstants = site.fieldConstants
    return found
  }

  /// Whether the script may use an unstable feature; reports it, unless the script says that it may.
  func allowsUnstable(_ feature: String, key: String, at range: SourceRange) -> Bool {
    switch configuration.unstable[key] {
    case "enable": return true
    case "error":
      report(.unstableFeature(feature, key: key, at: range))
      return false
    default:
      report(.usesUnstableFeature(feature, key: key))
      return true
    }
  }

  private func checkAggregation(
    _ function: AggregationFunction, _ call: CallSyntax, for use: ExpressionUse,
    at range: SourceRange
  ) -> ExpressionFacts {
    if let key = function.unstableKey, !allowsUnstable(function.name, key: key, at: range) {
      return ExpressionFacts(type: .poison)
    }
    let site = CallSite(checker: self, call: call, range: range)
    guard site.takeArguments(function.signature) else { return ExpressionFacts(type: .poison) }
    if let unknown = site.unknownArgument { return ExpressionFacts(type: unknown) }
    guard let aggregation = function.check(site) else { return ExpressionFacts(type: .poison) }
    guard use.contains(.assignedToMap) else {
      report(.aggregationPlace(function.name, at: range))
      return ExpressionFacts(type: .poison)
    }
    // The least, greatest or average time is a time.
    return ExpressionFacts(
      type: .aggregation(aggregation), meaning: .aggregation(function, aggregation),
      clock: site.argumentCount > 0 ? site.clock(0) : .unknown)
  }
}

/// One call while it is checked.
private final class CallSite: CallCheck {
  private let checker: BodyChecker
  private let call: CallSyntax
  let range: SourceRange
  let isDiscarded: Bool
  private var found: [ExpressionFacts] = []
  private var words: [Int: String] = [:]
  private var wholeMaps: [Int: Int] = [:]
  private(set) var result: Constant?

  func allowsUnstable(_ feature: String, key: String) -> Bool {
    checker.allowsUnstable(feature, key: key, at: range)
  }

  private(set) var resultIsFlexible = false
  private(set) var fieldConstants: [Constant]?
  private(set) var resultClock = ClockReading.unknown
  private(set) var question: LoadTimeQuestion?
  /// The type of an argument of which nothing can be said: wrong, or not known yet.
  private(set) var unknownArgument: ScriptType?

  init(checker: BodyChecker, call: CallSyntax, range: SourceRange, isDiscarded: Bool = false) {
    self.isDiscarded = isDiscarded
    self.checker = checker
    self.call = call
    self.range = range
  }

  // MARK: Arguments against the signature

  /// Checks number and kinds of the arguments; false if something is wrong and was reported.
  func takeArguments(_ signature: Function.Signature) -> Bool {
    for (index, argument) in call.arguments.enumerated() {
      let parameter =
        index < signature.parameters.count ? signature.parameters[index] : Self.furtherParameter
      take(argument, index, parameter)
    }
    guard countFits(signature) else { return false }
    var fits = true
    for (index, argument) in call.arguments.enumerated() where index < signature.parameters.count {
      if !kindFits(signature.parameters[index].kind, index, argument) { fits = false }
    }
    return fits
  }

  /// What the arguments of a variadic function are, beyond those that its signature names.
  private static let furtherParameter = Function.Parameter("", .any)

  private func note(_ type: ScriptType) {
    if type.isPoison { unknownArgument = .poison }
    if !type.isKnown, unknownArgument == nil { unknownArgument = type }
  }

  private func take(_ argument: ExprID, _ index: Int, _ parameter: Function.Parameter) {
    switch (parameter.kind, checker.tree[argument].kind) {
    case (.map, .map(let name)), (.anyOrMap, .map(let name)):
      let map = checker.mapIndex(name, at: checker.tree[argument].range)
      wholeMaps[index] = map
      let facts = ExpressionFacts(type: .none, meaning: .map(map))
      checker.facts[argument] = facts
      found.append(facts)
    case (.variable, .variable(let name)):
      let variable =
        checker.variables.index(of: name)
        ?? checker.variables.declare(name, at: checker.tree[argument].range)
      let facts = ExpressionFacts(type: .none, meaning: .variable(variable))
      checker.facts[argument] = facts
      found.append(facts)
    case (.member(let structure), _), (.memberExistence(let structure), _):
      let isExistence = parameter.kind == .memberExistence(of: structure)
      let facts = member(
        argument, of: call.arguments[structure], asks: isExistence ? .exists : .offset)
      note(facts.type)
      checker.facts[argument] = facts
      found.append(facts)
    case (.word, .identifier(let word)):
      words[index] = word
      let facts = ExpressionFacts(type: .word(word))
      checker.facts[argument] = facts
      found.append(facts)
    case (.type, _):
      let type = typeOperand(argument)
      note(type)
      let facts = ExpressionFacts(type: type)
      checker.facts[argument] = facts
      found.append(facts)
    default:
      var use: ExpressionUse = []
      if parameter.kind == .stringLiteral { use.insert(.compileTimeText) }
      if parameter.takesMissingWord { use.insert(.optionalText) }
      var facts = checker.check(argument, for: use)
      if case .arguments = facts.type {
        // All of them, so that they have to be the same wherever one program is attached.
        facts.meaning = .arguments
        checker.facts[argument] = facts
      }
      note(facts.type)
      found.append(facts)
    }
  }

  /// What is asked of a member that is written as `a` or `a.b`, in the structure that an argument names.
  private func member(
    _ argument: ExprID, of structure: ExprID, asks question: IRFieldQuestion
  ) -> ExpressionFacts {
    let range = checker.tree[argument].range
    guard let names = memberNames(argument) else {
      checker.report(
        .error("argument-kind", "\(name)() expects the name of a member", at: range))
      return ExpressionFacts(type: .poison)
    }
    guard case .typeof(let operand) = checker.tree[structure].kind else {
      return checker.checkOffset(.expression(structure), names, asks: question, at: range)
    }
    return checker.checkOffset(operand, names, asks: question, at: range)
  }

  private func memberNames(_ argument: ExprID) -> [FieldName]? {
    switch checker.tree[argument].kind {
    case .identifier(let name): [FieldName(name, range: checker.tree[argument].range)]
    case .field(let base, let name): memberNames(base).map { $0 + [name] }
    default: nil
    }
  }

  private func typeOperand(_ argument: ExprID) -> ScriptType {
    switch checker.tree[argument].kind {
    case .typeof(let operand): return checker.type(of: operand)
    default: return checker.check(argument).type.readable
    }
  }

  private func countFits(_ signature: Function.Signature) -> Bool {
    let given = call.arguments.count
    let (least, most) = (signature.least, signature.most)
    if given >= least, given <= most ?? .max { return true }
    checker.report(.argumentCount(name, least: least, most: most, given: given, at: range))
    return false
  }

  private func kindFits(_ kind: Function.ParameterKind, _ index: Int, _ argument: ExprID) -> Bool {
    let type = found[index].type.readable
    if !type.isKnown { return true }
    func only(_ kinds: String) -> Bool {
      error(
        "argument-kind", "\(name)() only supports \(kinds) arguments (\(type.kindName) provided)")
      return false
    }
    switch kind {
    case .stringLiteral:
      if case .string? = constant(index) { return true }
      error(
        "argument-literal",
        "\(name)() expects a string literal (\(type.kindName) provided)")
      return false
    case .integerLiteral:
      if case .typeNumber(let number, let count) = found[index].meaning {
        found[index] = checker.assume(number, times: count, found[index], argument)
      }
      if constant(index)?.bits != nil { return true }
      error(
        "argument-literal",
        "\(name)() expects a int literal (\(type.kindName) provided)")
      return false
    case .integer: return type.isNumber || only("int")
    case .address: return type.isScalar || only("int or pointer")
    case .string: return type.isString || only("string")
    case .buffer: if case .buffer = type { return true } else { return only("buffer") }
    case .map:
      if wholeMaps[index] != nil { return true }
      error("argument-map", "\(name)() expects a map argument", argument: index)
      return false
    case .variable:
      if case .variable = checker.tree[argument].kind { return true }
      error(
        "argument-variable", "\(name)() expects a variable that it can set", argument: index)
      return false
    case .word:
      return words[index] != nil || found[index].constant != nil || only("word or literal")
    case .anyOrMap, .any:
      if type == .none, wholeMaps[index] == nil {
        error(
          "no-value", "\(name)() needs a value here, but this expression has none",
          argument: index)
        return false
      }
      return true
    case .type, .member, .memberExistence: return true
    }
  }

  // MARK: CallCheck

  var name: String { call.name }
  var argumentCount: Int { found.count }
  func type(_ argument: Int) -> ScriptType { found[argument].type }
  func constant(_ argument: Int) -> Constant? { checker.constantOrParameter(found[argument]) }
  func range(_ argument: Int) -> SourceRange { checker.tree[call.arguments[argument]].range }
  func word(_ argument: Int) -> String? { words[argument] }
  func typeArgument(_ argument: Int) -> ScriptType { found[argument].type }
  func clock(_ argument: Int) -> ClockReading { found[argument].clock }

  func parameter(_ argument: Int) -> PositionalParameter? {
    if case .parameter(let parameter, _) = found[argument].meaning { return parameter }
    return nil
  }

  func map(_ argument: Int) -> MapFacts? {
    guard argument < found.count, let index = wholeMaps[argument] else { return nil }
    let map = checker.maps[index]
    return MapFacts(name: map.name, isScalar: map.isScalar, key: map.key, value: map.value)
  }

  func noteKey(_ argument: Int, ofMap map: Int) {
    guard let index = wholeMaps[map] else { return }
    guard checker.noteUse(of: index, isScalar: false, at: range(map)) else { return }
    checker.noteKey(found[argument], of: index, at: range(argument))
  }

  func looks(intoMap map: Int) {
    if let index = wholeMaps[map] { checker.noteLook(into: index, at: range) }
  }

  func assign(valuesOfMap map: Int, to argument: Int) {
    guard let index = wholeMaps[map], case .variable(let variable) = found[argument].meaning
    else { return }
    let (known, place) = (checker.maps[index], range(argument))
    checker.script.maps.noteRead(of: index)
    checker.variables[variable].definition = nil
    guard let value = known.value else {
      let type =
        known.isWrong
        ? ScriptType.poison : checker.unresolved(.undefinedMap(known.name, at: range(map)))
      return checker.noteAssignment(ExpressionFacts(type: type), to: variable, at: place)
    }
    checker.noteAssignment(
      ExpressionFacts(
        type: value, isFlexible: known.valueIsFlexible, clock: known.valueClock), to: variable,
      at: place)
  }

  func noteScalarUse(ofMap map: Int) {
    guard let index = wholeMaps[map] else { return }
    _ = checker.noteUse(of: index, isScalar: true, at: range(map))
  }

  var probe: ResolvedAttachPoint { checker.probe }
  var pinnedIteration: ContextShape.Iteration? { checker.pinnedIteration }
  var configuration: ScriptConfiguration { checker.configuration }
  var allowsUnsafe: Bool { checker.target.allowsUnsafe }
  var kernel: (any KernelView)? {
    checker.target.parametersAreFinal ? checker.target.kernel : nil
  }

  func namedType(_ name: String, keyword: String?, space: AddressSpace) -> ScriptType? {
    do throws(MachineError) {
      return try checker.types.named(name, keyword: keyword, space: space)
    } catch {
      checker.report(.machine(error, at: range))
      return nil
    }
  }

  func variableOfCPUs(_ name: String) -> ScriptType? {
    do throws(MachineError) { return try checker.types.variableOfCPUs(name) } catch {
      checker.report(.machine(error, at: range))
      return .poison
    }
  }

  func hasKernelFunction(_ name: String) -> Bool? {
    checker.script.bind("whether the kernel has \(name) is built in", at: range)
    do throws(MachineError) { return try checker.types.hasFunction(name) } catch {
      checker.report(.machine(error, at: range))
      return nil
    }
  }

  func size(ofSymbol name: String, inBinary path: String) -> Int? {
    do {
      let file = try checker.target.user.object(at: path)
      let symbol =
        try file.symbols().symbol(named: name)
        ?? file.symbolsWithDebugFile().symbol(named: name)
      return symbol.map { Int(clamping: $0.size) }
    } catch {
      // As if it had none: who needs it says so.
      return nil
    }
  }

  func size(of type: ScriptType) -> Int {
    do throws(MachineError) {
      return Int(try checker.types.size(of: type).assumed { checker.script.bind($0, at: range) })
    } catch {
      checker.report(.machine(error, at: range))
      return 0
    }
  }

  func note(_ clock: ScriptClock) { resultClock = .clock(clock) }

  func fold(to constant: Constant) {
    result = constant
    if case .unsigned(_, true) = constant { resultIsFlexible = true }
  }

  func fold(toFields constants: [Constant]) { fieldConstants = constants }

  func isAnswered(by source: LoadTimeConstant.Source, default answer: Bool) {
    question = LoadTimeQuestion(source: source, defaultAnswer: answer)
  }

  func option(_ name: String) -> ScriptOption? {
    checker.script.options.first { $0.name == name }
  }
  var declaresOptions: Bool { checker.script.declaresOptions }
  var optionNames: [String] { checker.script.options.map(\.name) }

  func declareOption(_ option: ScriptOption) {
    guard let index = checker.script.options.firstIndex(where: { $0.name == option.name }) else {
      checker.script.options.append(option)
      return
    }
    let first = checker.script.options[index]
    if first.defaultValue != option.defaultValue {
      error(
        "option-default",
        "Command line option '\(option.name)' needs to have the same default value in all places "
          + "it is used. Previous default value: \(first.defaultValue.text)")
    } else if first.description != option.description, !option.description.isEmpty {
      if first.description.isEmpty {
        checker.script.options[index].description = option.description
      } else {
        error(
          "option-description",
          "Command line option '\(option.name)' needs to have the same description in all places "
            + "it is used. Previous description: \(first.description)")
      }
    }
  }

  func error(_ id: String, _ message: String, argument: Int?, hints: [String]) {
    checker.report(.error(id, message, at: argument.map { range($0) } ?? range, hints: hints))
  }

  func warning(_ id: String, _ message: String, argument: Int?, hints: [String]) {
    checker.report(.warning(id, message, at: argument.map { range($0) } ?? range, hints: hints))
  }
}

extension ScriptOption.Value {
  /// The value as the command line would have it.
  package var text: String {
    switch self {
    case .boolean(let value): value ? "true" : "false"
    case .unsigned(let value): String(value)
    case .signed(let value): String(value)
    case .string(let value): value
    }
  }
}
