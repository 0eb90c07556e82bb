import Diagnostics
import Language
import Syntax

extension AnalysisPass {
  /// Finds functions that send what nobody receives, since a pinned iterator calls them.
  ///
  /// What the iterator's own body sends is reported where types are found; a function does not know who
  /// calls it.
  static let findUnheardOutput = AnalysisPass(name: "find-unheard-output") { state in
    var reported: Set<UnheardOutput> = []
    for probe in state.script.probes where probe.attachPoint.context.iteration?.isPinned == true {
      for (callee, range) in state.script.calls(in: probe.body) {
        for output in state.script.output(ofFunction: callee) where reported.insert(output).inserted
        {
          state.report(output.diagnostic(calledAt: range))
        }
      }
    }
  }
}

/// A call in a function that sends an event.
private struct UnheardOutput: Hashable {
  var function: String
  var call: String
  /// Whether it would write to the iterator's file if it stood in the probe.
  var isText: Bool
  var range: SourceRange

  func diagnostic(calledAt call: SourceRange) -> Diagnostic {
    isText
      ? .textOutsideIterator(self.call, in: function, at: range, calledAt: call)
      : .unheardOutput(self.call, at: range)
  }
}

extension TypedScript {
  /// The functions of the script that a body calls, in the order of the text.
  fileprivate func calls(in body: TypedBody) -> [(callee: Int, range: SourceRange)] {
    body.facts.compactMap { id, facts in
      guard case .scriptFunction(let callee) = facts.meaning else { return nil }
      return (callee, tree[id].range)
    }.sorted { $0.range.start < $1.range.start }
  }

  /// What a function and those that it calls send, in the order of the text.
  fileprivate func output(ofFunction index: Int) -> [UnheardOutput] {
    var pending = [index]
    var seen: Set<Int> = [index]
    var found: [UnheardOutput] = []
    while let next = pending.popLast() {
      let body = functions[next].body
      for (id, facts) in body.facts {
        guard case .function(let function) = facts.meaning, function.invocation == .asynchronous
        else { continue }
        found.append(
          UnheardOutput(
            function: functions[next].syntax.name, call: function.name,
            isText: function.writesToPinnedIterators, range: tree[id].range))
      }
      pending += calls(in: body).map(\.callee).filter { seen.insert($0).inserted }
    }
    return found.sorted { $0.range.start < $1.range.start }
  }
}
