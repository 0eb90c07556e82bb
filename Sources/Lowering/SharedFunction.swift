import Language
import Semantics
import TraceIR
import TraceModel

/// Code that is the same wherever it stands, and long: a subprogram of its own, which is compiled once and written
/// when a program first calls it.
enum SharedFunction: Hashable {
  /// Whether the thread that runs descends from a task, the tracer's, whose address is the argument: 1 or 0.
  case descent
  /// Whether the thread that runs passes the filters of the run: 1 or 0.
  case filters
  /// Reports a runtime error. The arguments are the event's number and the code of the failure.
  case failure
  /// The value of an argument of a static tracepoint: of what the first argument, the entry of a table of places, says. The
  /// second is the number of the event to send if it cannot be read.
  case siteArgument

  /// The bytes of a failure's event: header and code.
  static let failureSize = EventSpec.headerSize + 8

  fileprivate var name: String {
    switch self {
    case .descent: "bt_descends"
    case .filters: "bt_passes"
    case .failure: "bt_fail"
    case .siteArgument: "bt_argument"
    }
  }

  var parameters: [IRType] {
    switch self {
    case .descent: [.i64]
    case .filters: []
    case .failure: [.i64, .i64]
    case .siteArgument: [.pointer, .i64]
    }
  }
}

/// Code of a script, wherever it is written: what is the same for the whole script, the script answers.
protocol ScriptCode: CodeLowering {
  var script: ScriptLowering { get }
}

extension ScriptCode {
  var builder: IRBuilder { script.builder }
  var knowsTaskFilters: Bool { script.target.knowsTaskFilters }
  var startsCommand: Bool { script.target.startsCommand }
  func map(of filter: TaskFilter) -> Int { script.map(of: filter) }
  func mapOfEnd() -> Int { script.mapOfEnd() }

  func loadTimeInteger(_ source: LoadTimeConstant.Source, default value: Int64) -> IRValue {
    script.loadTimeInteger(source, default: value)
  }

  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue {
    script.loadTimeString(source, capacity: capacity, default: value)
  }
}

/// The lowering of a shared function.
final class SharedFunctionLowering: ScriptCode {
  let script: ScriptLowering
  private let memory: TemporaryMemory

  init(_ script: ScriptLowering) {
    self.script = script
    memory = TemporaryMemory(script.builder)
  }

  /// Writes the whole function: its index in the module.
  func lower(_ function: SharedFunction) -> Int {
    let line = builder.line
    builder.line = 0
    let index = builder.beginFunction(
      name: function.name, role: .subprogram(parameters: function.parameters))
    switch function {
    case .descent: selection.lowerDescent(from: .parameter(0, .i64))
    case .filters: selection.lowerFilters()
    case .failure: lowerFailure(event: .parameter(0, .i64), code: .parameter(1, .i64))
    case .siteArgument: lowerSiteArgument(.parameter(0, .pointer), event: .parameter(1, .i64))
    }
    if !builder.isTerminated { builder.return(.word(1)) }
    builder.endFunction()
    builder.line = line
    return index
  }

  private var selection: TaskSelection {
    TaskSelection(self, .running) { [builder] in builder.return(.word(0)) }
  }

  private func lowerFailure(event: IRValue, code: IRValue) {
    let record = temporary("record", bytes: SharedFunction.failureSize)
    builder.store(event, to: record)
    builder.store(code, to: builder.offset(record, by: EventSpec.headerSize))
    builder.perform(
      .emit(event: record, size: .word(SharedFunction.failureSize), urgency: .failure))
    script.noteEvent(of: .failure)
  }

  private func lowerSiteArgument(_ pointer: IRValue, event: IRValue) {
    let argument = SiteArgumentCode(code: self, pointer: pointer) { [script, builder] result in
      guard script.target.reportsReads else { return }
      builder.if(builder.compare(.lessSigned, result, .word(0)), "failed") {
        builder.perform(
          .call(function: script.index(of: .failure), arguments: [event, result]))
      }
    }
    builder.return(argument.value())
  }

  func temporary(_ name: String, bytes: Int) -> IRValue {
    builder.address(of: memory.take(size: bytes))
  }

  func temporarySlot(bytes: Int) -> IRSlotID { memory.take(size: bytes) }
}
