import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

/// The lowering of one program: a probe's predicate and body at one attach point.
///
/// The constructs are in extensions, one file for each family.
final class ProbeLowering {
  let script: ScriptLowering
  let typed: TypedProbe
  let builder: IRBuilder
  private let index: Int
  /// The program's own function; callbacks are others.
  private(set) var program = 0

  /// The slots of the scratch variables that were met so far.
  var variableSlots: [Int: IRSlotID] = [:]
  /// The loops around what is being written, outermost first.
  var loops: [Loop] = []
  let memory: TemporaryMemory
  /// Pointers that are known to be multiples of 8.
  var alignedPointers: Set<FunctionValue> = []
  /// Set to one where a callback ends the whole probe.
  var departure = Departure()
  /// The statement being written.
  var statementRange: SourceRange
  /// The expression or statement being written.
  private(set) var currentRange: SourceRange

  /// A value and the function it belongs to.
  struct FunctionValue: Hashable {
    var function: Int
    var value: IRValue
  }

  /// How `break` and `continue` leave a loop.
  enum Loop {
    /// By branches: `while` and `unroll`.
    case blocks(break: IRBlockID, continue: IRBlockID)
    /// By returning from the callback.
    case callback
  }

  /// How callbacks tell their program to end.
  struct Departure {
    var flag: IRSlotID?
    /// What the program is to return.
    var result: IRSlotID?
    /// Whether the callback being written uses the flag.
    var isUsed = false
  }

  init(_ script: ScriptLowering, _ typed: TypedProbe, index: Int) {
    self.script = script
    self.typed = typed
    self.index = index
    builder = script.builder
    memory = TemporaryMemory(script.builder)
    statementRange = typed.syntax.range
    currentRange = typed.syntax.range
  }

  var tree: ScriptTree { script.script.tree }
  var configuration: ScriptConfiguration { script.script.configuration }
  var target: AnalysisTarget { script.target }

  func facts(_ id: ExprID) -> ExpressionFacts {
    typed.facts[id] ?? ExpressionFacts(type: .none)
  }

  /// The type an expression has as a value.
  func type(_ id: ExprID) -> ScriptType { facts(id).type.readable }

  // MARK: The program

  /// Writes the whole program and its entry in the manifest.
  func lowerProgram() {
    let attachPoint = typed.attachPoint
    let name = Self.symbol(attachPoint.name, index)
    program = builder.beginFunction(name: name, role: .program(section: attachPoint.section))
    builder.line = script.line(of: typed.syntax.range, expansion: nil)
    for feature in attachPoint.requires { script.require(feature) }
    noteBinding(attachPoint.attachPoint)

    var spec = ProbeSpec(
      program: name, name: attachPoint.name, attachPoint: attachPoint.attachPoint)
    lowerTargetFilter()
    if let predicate = typed.syntax.predicate {
      spec.condition = lowerPredicate(predicate)
    }
    lowerBlock(typed.syntax.body)
    builder.return(.word(defaultResult))
    builder.endFunction()
    script.add(spec)
  }

  /// What the program returns if nothing else is said: 1 keeps a tracepoint's event.
  var defaultResult: Int64 {
    if case .tracepoint = typed.attachPoint.attachPoint { 1 } else { 0 }
  }

  private static func symbol(_ name: String, _ index: Int) -> String {
    let letters = name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    return "\(String(decoding: letters, as: UTF8.self))_\(index)"
  }

  /// Programs at addresses fit only what was looked at.
  private func noteBinding(_ attachPoint: AttachPoint) {
    switch attachPoint {
    case .kprobeAddress: script.bind("a probe is at an address of this kernel")
    case .uprobe: script.bind("a probe is in a binary of this machine")
    default: break
    }
  }

  // MARK: The predicate

  /// Ends the program where the predicate does not hold.
  ///
  /// - Returns: The condition for attaching the program, if that is all the predicate says.
  private func lowerPredicate(_ predicate: PredicateSyntax) -> ProbeSpec.Condition? {
    at(predicate.condition) {
      if let condition = attachCondition(predicate.condition) { return condition }
      let body = builder.newBlock("body")
      let skip = builder.newBlock("skip")
      branch(on: predicate.condition, then: body, else: skip)
      builder.position(at: skip)
      builder.return(.word(defaultResult))
      builder.position(at: body)
      return nil
    }
  }

  /// The condition that a predicate is if it only asks for what the machine has.
  private func attachCondition(_ id: ExprID) -> ProbeSpec.Condition? {
    switch tree[id].kind {
    case .unary(.not, let inner):
      guard var condition = attachCondition(inner) else { return nil }
      condition.expected = 1 - condition.expected
      return condition
    case .identifier, .call:
      guard case .function(let function) = facts(id).meaning, facts(id).constant == nil,
        function.invocation == .compileTime,
        case .scalar(let value) = value(id), let index = loadTimeConstant(of: value)
      else { return nil }
      switch builder.module.constants[index].source {
      case .attachPointExists, .feature: break
      // A switch of the command line; other options have more than two values.
      case .option: guard type(id) == .boolean else { return nil }
      default: return nil
      }
      return ProbeSpec.Condition(constant: index, expected: 1)
    default: return nil
    }
  }

  /// The load-time constant whose truth a value is.
  private func loadTimeConstant(of value: IRValue) -> Int? {
    guard case .temporary(let number, _) = value else { return nil }
    let blocks = builder.module.functions[builder.function].blocks
    for instruction in blocks.lazy.flatMap(\.instructions) where instruction.result == number {
      switch instruction.operation {
      case .constant(let index): return index
      case .cast(_, let inner, _): return loadTimeConstant(of: inner)
      case .compare(.notEqual, let inner, .integer(0, _)): return loadTimeConstant(of: inner)
      default: return nil
      }
    }
    return nil
  }

  // MARK: Leaving

  /// Ends the whole probe here, from whatever callback.
  func leaveProbe(returning value: IRValue? = nil) {
    guard builder.function != program else {
      builder.return(value ?? .word(defaultResult))
      return
    }
    builder.store(.word(1), to: builder.address(of: departureFlag))
    if let value {
      builder.store(value, to: builder.address(of: departureResult))
    }
    departure.isUsed = true
    builder.return(.word(1))
  }

  private var departureFlag: IRSlotID {
    if let flag = departure.flag { return flag }
    let flag = memory.slot(of: program, "left", size: 8)
    departure.flag = flag
    return flag
  }

  private var departureResult: IRSlotID {
    if let result = departure.result { return result }
    let result = memory.slot(of: program, "result", size: 8)
    departure.result = result
    return result
  }

  /// Prepares for a loop whose callback may end the probe.
  func clearDeparture() {
    guard departure.isUsed, builder.function == program else { return }
    builder.store(.word(0), to: builder.address(of: departureFlag))
    if departure.result != nil {
      builder.store(.word(defaultResult), to: builder.address(of: departureResult))
    }
  }

  /// Ends this function too if the callback that just ran has ended the probe.
  func followDeparture() {
    guard departure.isUsed else { return }
    let flag = builder.load(.i64, from: builder.address(of: departureFlag))
    builder.if(builder.isNonzero(flag), "leave") {
      if builder.function != program {
        builder.return(.word(1))
      } else if departure.result != nil {
        builder.return(builder.load(.i64, from: builder.address(of: departureResult)))
      } else {
        builder.return(.word(defaultResult))
      }
    }
  }

  // MARK: Places

  /// Writes instructions for the line of an expression.
  func at<T>(_ id: ExprID, _ body: () -> T) -> T {
    at(tree[id].range, tree[id].expansion, body)
  }

  func at<T>(_ range: SourceRange, _ expansion: ExpansionID?, _ body: () -> T) -> T {
    let (line, outer) = (builder.line, currentRange)
    builder.line = script.line(of: range, expansion: expansion)
    currentRange = range
    defer { (builder.line, currentRange) = (line, outer) }
    return body()
  }

  /// Reports that something is missing from this compiler; the value that stands in for it.
  func unsupported(_ what: String, _ id: ExprID) -> LoweredValue {
    script.report(
      .notSupportedYet(
        what, at: tree[id].range, expandedFrom: tree.expandedFrom(tree[id].expansion)))
    return zero(type(id))
  }

  // MARK: Constants

  func loadTimeInteger(_ source: LoadTimeConstant.Source, default value: Int64) -> IRValue {
    builder.emit(.constant(script.constant(source, .integer, integer: value)))
  }

  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue {
    let pointer = builder.emit(
      .constantAddress(script.constant(source, .string(capacity: capacity), text: value)))
    alignedPointers.insert(FunctionValue(function: builder.function, value: pointer))
    return pointer
  }
}
