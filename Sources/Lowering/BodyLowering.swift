import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

/// The lowering of one body: what its statements and expressions become.
///
/// The constructs are in extensions, one file for each family.
final class BodyLowering {
  let script: ScriptLowering
  let typed: TypedBody
  let builder: IRBuilder
  /// The function that the body is; callbacks are others.
  let root: Int

  /// The slots of the scratch variables that were met so far.
  var variableSlots: [Int: IRSlotID] = [:]
  /// The loops around what is being written, outermost first.
  var loops: [Loop] = []
  let memory: TemporaryMemory
  /// Pointers that are known to be multiples of 8.
  var alignedPointers: Set<FunctionValue> = []
  /// How the program knows for which place it was called, if it asks.
  var site: ProgramSite?
  /// Features of kernels that the code being written is for, or (false) is not for; it is for all where
  /// nothing is said.
  var followed: [KernelFeature: Bool] = [:]
  /// Whether an object is looked for that the verifier knows, and not the fastest way to a value.
  var asksForKnownObject = false
  /// What leads to it, and is known to be there.
  var knownOrigin: (id: ExprID, pointer: IRValue)?
  /// Values that were found out and do not change, and the block at whose end they are there.
  var steadyValues: [SteadyKey: (block: IRBlockID, value: LoweredValue)] = [:]
  /// Set to one where a callback ends the whole body.
  var departure = Departure()
  /// Where a function that is being written has what it was called with.
  var call = CallMemory()
  /// Where the value of an expression will be stored, for those who can write it there at once.
  var offer: (expression: ExprID, place: IRValue)?
  /// The text that somebody wants no more of than there is.
  var measuredText: MeasuredText?
  /// The statement being written.
  var statementRange: SourceRange
  /// The expression or statement being written.
  private(set) var currentRange: SourceRange
  /// The expansion of a macro that it comes from.
  private(set) var currentExpansion: ExpansionID?

  /// A text of which whoever asked for it keeps no more bytes than there are.
  struct MeasuredText {
    let expression: ExprID
    /// How many bytes there are, `i64`, once they are written; negative if they cannot be read.
    var length: IRValue?
  }

  /// A value and the function it belongs to.
  struct FunctionValue: Hashable {
    var function: Int
    var value: IRValue
  }

  /// What stays the same while a function runs: its name in the catalog, and the function of the module.
  struct SteadyKey: Hashable {
    var function: Int
    var name: String
  }

  /// How `break` and `continue` leave a loop.
  enum Loop {
    /// By branches: `while` and `unroll`.
    case blocks(break: IRBlockID, continue: IRBlockID)
    /// By returning from the callback.
    case callback
  }

  /// How callbacks tell the body's function to end.
  struct Departure {
    var flag: IRSlotID?
    /// What the function is to return.
    var result: IRSlotID?
    /// Whether the callback being written uses the flag.
    var isUsed = false
  }

  /// - Parameters:
  ///   - root: The function that is being written.
  ///   - range: The place of the whole body.
  init(_ script: ScriptLowering, _ typed: TypedBody, root: Int, range: SourceRange) {
    self.script = script
    self.typed = typed
    self.root = root
    builder = script.builder
    memory = TemporaryMemory(script.builder)
    statementRange = range
    currentRange = range
  }

  var tree: ScriptTree { script.script.tree }
  var configuration: ScriptConfiguration { script.script.configuration }
  var target: AnalysisTarget { script.target }

  func facts(_ id: ExprID) -> ExpressionFacts {
    typed.facts[id] ?? ExpressionFacts(type: .none)
  }

  /// The type an expression has as a value.
  func type(_ id: ExprID) -> ScriptType { facts(id).type.readable }

  /// The attach point that the body is at.
  var probe: ResolvedAttachPoint {
    switch typed.environment {
    case .probe(let attachPoint): return attachPoint
    case .function: preconditionFailure("a function is at no attach point")
    }
  }

  /// The context of an iterator that is pinned, if the body is at one.
  var pinnedIteration: ContextShape.Iteration? {
    guard case .probe(let attachPoint) = typed.environment,
      let iteration = attachPoint.context.iteration, iteration.isPinned
    else { return nil }
    return iteration
  }

  /// The space of addresses of which nothing else is known.
  var addressSpace: AddressSpace {
    switch typed.environment {
    case .probe(let attachPoint): attachPoint.context.space
    case .function: .kernel
    }
  }

  /// What is returned if nothing else is said.
  var defaultResult: Int64 {
    switch typed.environment {
    case .probe(let attachPoint): attachPoint.programs[0].defaultResult
    case .function: 0
    }
  }

  // MARK: Leaving

  /// Ends the whole body here, from whatever callback.
  func leaveBody(returning value: IRValue? = nil) {
    guard builder.function != root else {
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
    let flag = memory.slot(of: root, "left", size: 8)
    departure.flag = flag
    return flag
  }

  private var departureResult: IRSlotID {
    if let result = departure.result { return result }
    let result = memory.slot(of: root, "result", size: 8)
    departure.result = result
    return result
  }

  /// Prepares for a loop whose callback may end the body.
  func clearDeparture() {
    guard departure.isUsed, builder.function == root else { return }
    builder.store(.word(0), to: builder.address(of: departureFlag))
    if departure.result != nil {
      builder.store(.word(defaultResult), to: builder.address(of: departureResult))
    }
  }

  /// Ends this function too if the callback that just ran has ended the body.
  func followDeparture() {
    guard departure.isUsed else { return }
    let flag = builder.load(.i64, from: builder.address(of: departureFlag))
    builder.if(builder.isNonzero(flag), "leave") {
      if builder.function != root {
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
  func at<T>(_ id: ExprID, _ write: () -> T) -> T {
    at(tree[id].range, tree[id].expansion, write)
  }

  func at<T>(_ range: SourceRange, _ expansion: ExpansionID?, _ write: () -> T) -> T {
    let (line, outer, outerExpansion) = (builder.line, currentRange, currentExpansion)
    builder.line = script.line(of: range, expansion: expansion)
    (currentRange, currentExpansion) = (range, expansion)
    defer { (builder.line, currentRange, currentExpansion) = (line, outer, outerExpansion) }
    return write()
  }

  /// Reports that something is missing from this compiler; the value that stands in for it.
  func unsupported(_ what: String, _ id: ExprID) -> LoweredValue {
    script.report(
      .notSupportedYet(
        what, at: tree[id].range, expandedFrom: tree.expandedFrom(tree[id].expansion)))
    return zero(type(id))
  }

  // MARK: Constants

  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue {
    let pointer = script.loadTimeString(source, capacity: capacity, default: value)
    alignedPointers.insert(FunctionValue(function: builder.function, value: pointer))
    return pointer
  }
}
