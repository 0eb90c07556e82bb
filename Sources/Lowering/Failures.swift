import Diagnostics
import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Reports of what goes wrong while a program runs.
extension BodyLowering {
  /// Sends a runtime error; nothing if these are left out.
  func report(_ failure: RuntimeFailure, code: IRValue = .word(0), at range: SourceRange) {
    guard !target.omitsRuntimeChecks, !builder.isTerminated else { return }
    let event = event(of: failure, at: range)
    let wide = builder.resize(code, to: .i64, signed: true)
    builder.perform(
      .call(function: script.index(of: .failure), arguments: [.word(event), wide]))
  }

  /// The number of the event that tells of a failure.
  private func event(of failure: RuntimeFailure, at range: SourceRange) -> Int {
    script.event(
      EventSpec(
        kind: .runtimeError(failure),
        fields: [
          ValueLayout.Field(
            offset: EventSpec.headerSize, layout: script.layout(of: .int64, at: range))
        ],
        size: SharedFunction.failureSize, position: script.position(of: range, currentExpansion)))
  }

  /// The number of the event that tells that memory cannot be read where the current expression stands.
  func readFailure(_ space: AddressSpace, text: Bool) -> Int {
    event(
      of: .helper(RuntimeFailure.HelperFailure(.probeRead(space, isText: text))), at: currentRange)
  }

  /// Reports a failed helper where `result` is negative.
  ///
  /// - Parameter range: The place to name; nil for that of the statement.
  func check(
    _ result: IRValue, helper: KernelHelper, isReportedByDefault: Bool, at range: SourceRange?
  ) {
    guard !target.omitsRuntimeChecks, isReportedByDefault || target.reportsEveryFailure else {
      return
    }
    builder.if(builder.compare(.lessSigned, result, .word(0)), "failed") {
      report(
        .helper(RuntimeFailure.HelperFailure(helper)), code: result,
        at: range ?? statementRange)
    }
  }
}
