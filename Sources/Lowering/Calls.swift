import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

extension BodyLowering {
  /// A call of a function of the catalog, or a builtin.
  func lowerCall(
    of function: Function, _ id: ExprID, isDiscarded: Bool = false
  ) -> LoweredValue {
    for feature in function.requires { script.require(feature) }
    let call = CallContext(self, id, isDiscarded: isDiscarded)
    guard function.isSteady, call.argumentCount == 0 else { return function.lower(call) }
    let key = SteadyKey(function: builder.function, name: function.name)
    if let known = steadyValues[key], builder.hasPassed(known.block) { return known.value }
    let value =
      type(id).isInMemory
      ? memory.lasting { function.lower(call) } : function.lower(call)
    steadyValues[key] = (builder.block, value)
    return value
  }
}

/// What an entry of the catalog sees of one call.
final class CallContext: CallLowering, ScriptCode {
  private let lowering: BodyLowering
  private let call: ExprID
  private let arguments: [ExprID]
  let isDiscarded: Bool

  init(_ lowering: BodyLowering, _ call: ExprID, isDiscarded: Bool = false) {
    self.lowering = lowering
    self.call = call
    self.isDiscarded = isDiscarded
    if case .call(let syntax) = lowering.tree[call].kind {
      arguments = syntax.arguments
    } else {
      arguments = []
    }
  }

  var script: ScriptLowering { lowering.script }
  var probe: ResolvedAttachPoint { lowering.probe }
  var pinnedIteration: ContextShape.Iteration? { lowering.pinnedIteration }
  var addressSpace: AddressSpace { lowering.addressSpace }
  var configuration: ScriptConfiguration { lowering.configuration }
  func size(of type: ScriptType) -> Int { lowering.size(type) }

  // MARK: Arguments

  var argumentCount: Int { arguments.count }
  var resultType: ScriptType { lowering.type(call) }

  private func facts(_ argument: Int) -> ExpressionFacts? {
    arguments.indices.contains(argument) ? lowering.facts(arguments[argument]) : nil
  }

  func type(_ argument: Int) -> ScriptType { facts(argument)?.type.readable ?? .none }

  /// As the check sees it: a positional parameter counts if it is final.
  func constant(_ argument: Int) -> Constant? {
    guard let facts = facts(argument) else { return nil }
    if facts.constant == nil, case .parameter(let parameter, let value) = facts.meaning,
      parameter.isFinal
    {
      return value
    }
    return facts.constant
  }

  func word(_ argument: Int) -> String? {
    guard case .word(let word)? = facts(argument)?.type else { return nil }
    return word
  }

  func typeArgument(_ argument: Int) -> ScriptType { facts(argument)?.type ?? .none }

  func parameter(_ argument: Int) -> PositionalParameter? {
    guard case .parameter(let parameter, _)? = facts(argument)?.meaning else { return nil }
    return parameter
  }

  func value(_ argument: Int) -> LoweredValue {
    arguments.indices.contains(argument) ? lowering.value(arguments[argument]) : .none
  }

  func integer(_ argument: Int) -> IRValue {
    arguments.indices.contains(argument) ? lowering.integer(arguments[argument]) : .word(0)
  }

  func memory(_ argument: Int) -> IRValue {
    lowering.bytes(of: value(argument), type(argument))
  }

  func map(_ argument: Int) -> (index: Int, spec: MapSpec)? {
    guard case .map(let index)? = facts(argument)?.meaning,
      case .map = lowering.tree[arguments[argument]].kind
    else { return nil }
    return (index, script.manifest.maps[index])
  }

  func key(_ argument: Int, for map: Int) -> IRValue {
    lowering.key(of: map, arguments.indices.contains(argument) ? [arguments[argument]] : [])
  }

  func remove(_ argument: Int, from map: Int) -> IRValue {
    lowering.remove(
      arguments.indices.contains(argument) ? [arguments[argument]] : [], from: map)
  }

  func assign(elementOfMap map: Int, key: IRValue, to argument: Int) -> IRValue {
    guard case .variable(let variable)? = facts(argument)?.meaning else { return .false }
    return lowering.assign(elementOfMap: map, key: key, toVariable: variable)
  }

  func withKnownObject(_ argument: Int, _ write: (IRValue) -> Void) -> Bool {
    arguments.indices.contains(argument)
      && lowering.withKnownObject(arguments[argument], write)
  }

  // MARK: Values

  func contextField(_ field: ContextField) -> LoweredValue { lowering.contextField(field) }

  func nameOfSite() -> IRValue { lowering.nameOfSite() }
  func argumentOfSite(_ number: Int) -> IRValue { lowering.argumentOfSite(number) }
  func equalBytes(_ a: IRValue, _ b: IRValue, count: Int) -> IRValue {
    lowering.equalBytes(a, b, count: count)
  }

  func temporary(_ name: String, bytes: Int) -> IRValue { lowering.scratch(bytes: bytes) }

  func memoryForResult() -> IRValue {
    lowering.memory(forValueOf: call, bytes: lowering.size(resultType))
  }

  var measuresResult: Bool { lowering.measuredText?.expression == call }
  func noteLengthOfResult(_ length: IRValue) { lowering.measuredText?.length = length }

  func temporarySlot(bytes: Int) -> IRSlotID { lowering.temporarySlot(bytes: bytes) }

  var architecture: Architecture { script.target.architecture }

  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue {
    lowering.loadTimeString(source, capacity: capacity, default: value)
  }

  func record(of values: [(LoweredValue, ScriptType)], as type: ScriptType) -> IRValue {
    let pointer = lowering.zeroed(bytes: size(of: type))
    for ((value, valueType), element) in zip(values, lowering.elements(type)) {
      lowering.store(
        value, valueType, to: builder.offset(pointer, by: element.offset), as: element.type)
    }
    return pointer
  }

  func record(_ constants: [Constant]) -> IRValue {
    let pointer = lowering.zeroed(bytes: size(of: resultType))
    for (constant, element) in zip(constants, lowering.elements(resultType)) {
      let place = builder.offset(pointer, by: element.offset)
      guard lowering.store(constant, to: place, as: element.type) else {
        preconditionFailure("\(constant) has no bytes of type \(element.type.text)")
      }
    }
    return pointer
  }

  func option(_ name: String) -> ScriptOption? {
    script.script.options.first { $0.name == name }
  }

  func string(_ text: String) -> Int { script.string(text) }

  // MARK: Events

  func emit(_ kind: EventKind, argumentsFrom first: Int) {
    if kind == .row { return lowering.emitRow(Array(arguments.dropFirst(first))) }
    let watched = lowering.target.omitsRuntimeChecks ? [] : argumentsThatMayBeCut(from: first)
    lowering.emit(
      kind, arguments.dropFirst(first).map { BodyLowering.Field.expression($0) },
      position: watched.isEmpty
        ? position(for: kind)
        : script.position(of: range, lowering.tree[call].expansion),
      watched: watched)
  }

  /// The arguments of a format, counted from `first`, that have more bits than their conversions show, but for
  /// what registers held.
  private func argumentsThatMayBeCut(from first: Int) -> [Int] {
    guard first > 0, case .string? = constant(0), let text = constant(0)?.text else { return [] }
    let conversions = FormatString(text).conversions
    guard conversions.allSatisfy({ !$0.widthIsArgument && !$0.precisionIsArgument }) else {
      return []
    }
    return conversions.indices.filter { index in
      guard conversions[index].cutsTo32Bits, let known = facts(first + index) else { return false }
      let type = known.type.readable
      guard type.isInteger || type.isPointer, type.scalarBytes == 8 else { return false }
      if let bits = known.constant?.bits { return FormatString.Conversion.isCut(bits) }
      return !known.isFromRegister
    }
  }

  func emit(_ kind: EventKind, types: [ScriptType], write: ([IRValue]) -> Void) {
    lowering.emit(kind, types: types, position: position(for: kind), write: write)
  }

  func emit(_ kind: EventKind, fields: [(LoweredValue, ScriptType)]) {
    lowering.emit(kind, fields: fields, position: position(for: kind))
  }

  func emitPacket(
    _ packet: IRValue, length: IRValue, _ kind: EventKind, fields: [(LoweredValue, ScriptType)]
  ) -> IRValue {
    lowering.emitPacket(packet, length: length, kind, fields: fields)
  }

  /// The place of the call, for events that tell it.
  private func position(for kind: EventKind) -> Int? {
    switch kind {
    case .errorf, .warnf, .runtimeError:
      script.position(of: range, lowering.tree[call].expansion)
    default: nil
    }
  }

  private var range: SourceRange { lowering.tree[call].range }

  func check(_ result: IRValue, helper: KernelHelper, isReportedByDefault: Bool) {
    lowering.check(result, helper: helper, isReportedByDefault: isReportedByDefault, at: range)
  }

  func error(_ id: String, _ message: String, argument: Int) {
    let syntax = lowering.tree[arguments[argument]]
    script.report(
      .error(
        id, message, at: syntax.range,
        expandedFrom: lowering.tree.expandedFrom(syntax.expansion)))
  }

  func leaveProbe() { lowering.leaveProbe() }

  func require(_ feature: KernelFeature) { script.require(feature) }
}
