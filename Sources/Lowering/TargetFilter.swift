import Language
import Semantics
import TraceIR
import TraceModel

/// What comes before the predicate: a program ends at once in a process that the run is not about.
extension ProbeLowering {
  func lowerTargetFilter() {
    // A script that asks by itself has its reasons: the current process may be a waker that the
    // scheduler happens to run in.
    if script.choosesTasks { return }
    body.memory.scope { lowerQuestions() }
  }

  private func lowerQuestions() {
    let selection = TaskSelection(body, .running) { builder.return(.word(body.defaultResult)) }
    switch form.targetFilter {
    case .none: return
    case .attachment: break
    case .processAttachment:
      if script.target.knowsTaskFilters || script.target.startsCommand {
        selection.lowerDescent(.processProbes)
      }
    case .predicate: selection.lowerProcess()
    }
    guard script.target.knowsTaskFilters,
      !script.script.options.contains(where: \.choosesProcesses)
    else { return }
    if case .predicate = form.targetFilter { selection.lowerDescent(.everything) }
    selection.lowerFilters()
  }
}

extension BodyLowering: CodeLowering {
  func temporary(_ name: String, bytes: Int) -> IRValue { scratch(bytes: bytes) }
  func temporarySlot(bytes: Int) -> IRSlotID { memory.take(size: bytes) }
  func map(of filter: TaskFilter) -> Int { script.map(of: filter) }
  var knowsTaskFilters: Bool { target.knowsTaskFilters }
  var startsCommand: Bool { target.startsCommand }
}
