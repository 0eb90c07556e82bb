/// One rewriting of a module that makes the verifier accept what it says.
package struct IRPass: Sendable {
  package let name: String
  package let run: @Sendable (inout IRModule) -> Void

  package init(name: String, run: @escaping @Sendable (inout IRModule) -> Void) {
    self.name = name
    self.run = run
  }

  /// Every pass, in the order in which they run.
  package static let all: [IRPass] = [
    .removeDeadBlocks, .realizeMaps, .declareEventMaps, .expandSignedDivision, .poisonSlots,
    .extendSubprograms, .hideChanges, .gatherCaptures, .outlineCallbacks, .placeSlots,
  ]
}

extension IRModule {
  /// Runs all passes; afterwards the module can be given to the backend.
  ///
  /// Debug builds check the module before the first pass and after each.
  ///
  /// - Parameter observe: Is given the name of each pass and the module it left behind.
  package mutating func runPasses(observe: ((String, IRModule) -> Void)? = nil) {
    assertSound(after: "lowering")
    for pass in IRPass.all {
      pass.run(&self)
      assertSound(after: pass.name)
      observe?(pass.name, self)
    }
  }

  private func assertSound(after pass: String) {
    assert(
      IRChecker.faults(in: self).isEmpty,
      "after \(pass): \(IRChecker.faults(in: self).joined(separator: "\n"))")
  }
}
