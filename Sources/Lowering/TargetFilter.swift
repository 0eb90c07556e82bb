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
    if case .none = form.targetFilter { return }
    let selection = TaskSelection(body, .running) { leave() }
    if script.target.knowsTaskFilters { selection.lowerEnd() }
    switch form.targetFilter {
    case .none, .attachment: break
    case .processAttachment:
      if script.target.knowsTaskFilters || script.target.startsCommand {
        ask(.descent, when: .tracerTask(.processProbes))
      }
    case .predicate: selection.lowerProcess()
    }
    guard script.target.knowsTaskFilters,
      !script.script.options.contains(where: \.choosesProcesses)
    else { return }
    if case .predicate = form.targetFilter { ask(.descent, when: .tracerTask(.everything)) }
    selection.lowerOwnProcess()
    ask(.filters, when: .usesTaskFilters)
  }

  /// Calls the function with the answer in runs where a load-time constant, its argument, is not 0.
  private func ask(_ question: SharedFunction, when source: LoadTimeConstant.Source) {
    let asked = body.loadTimeInteger(source, default: 0)
    builder.if(builder.isNonzero(asked), "filter") {
      let answer = builder.emit(
        .call(
          function: script.index(of: question),
          arguments: Array([asked].prefix(question.parameters.count))))
      builder.if(builder.compare(.equal, answer, .word(0)), "other") { leave() }
    }
  }

  private func leave() { builder.return(.word(body.defaultResult)) }
}

extension BodyLowering: ScriptCode {
  func temporary(_ name: String, bytes: Int) -> IRValue { scratch(bytes: bytes) }
  func temporarySlot(bytes: Int) -> IRSlotID { memory.take(size: bytes) }
}
