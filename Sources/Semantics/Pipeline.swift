import CDeclarations
package import Diagnostics
import Language
package import Syntax
import TraceModel

/// One step from a syntax tree to a typed script.
struct AnalysisPass: Sendable {
  let name: String
  let run: @Sendable (inout AnalysisState) -> Void

  /// Every pass, in the order in which they run. What one group reports hides what later ones would.
  ///
  /// Imports come first, since what they bring is part of the script to everything after them. What C
  /// definitions say is known before all that asks for types or looks at probes. Macros are gone before
  /// anything looks at bodies. Values that are known when the script is compiled are found by `Folding`
  /// while types are, since the type of a literal follows from its value.
  static let groups: [[AnalysisPass]] = [
    [.readConfiguration, .readImports, .readTool, .readCDefinitions],
    [
      .applyTool, .expandCMacros, .expandMacros, .rewriteLegacyForms, .hoistVariables,
      .expandAttachPoints,
    ],
    [
      .findNamesAndTypes, .limitPrograms, .orderFunctions, .findUnheardOutput,
      .findAttachConditions, .planMaps,
    ],
  ]
}

/// What the passes have found out so far.
struct AnalysisState {
  let target: AnalysisTarget
  /// What is typed; passes that rewrite syntax replace its tree.
  var script: TypedScript
  var types: TypeTable { script.types }
  private(set) var diagnostics: DiagnosticList
  /// Whether an earlier group found an error: what is reported from then on is most likely its
  /// consequence, and is dropped. The passes go on for the facts they find.
  private(set) var isQuiet: Bool

  /// What the probes of the script became, in order.
  var probes: [ProbeGroup] = []
  /// What the C at its top says.
  var cDefinitions: CDefinitions?
  /// The maps as the bodies use them.
  var maps: [MapTable.Entry] = []

  init(_ parsed: ParsedScript, for target: AnalysisTarget) {
    self.target = target
    script = TypedScript(
      tree: parsed.tree, sources: SourceMap(parsed.file), types: TypeTable(target.kernel),
      manual: Manual.text(parsed))
    diagnostics = parsed.diagnostics
    isQuiet = parsed.diagnostics.hasErrors
  }

  /// Reports something, unless it may be the consequence of what an earlier group found.
  mutating func report(_ diagnostic: Diagnostic) {
    if !isQuiet { diagnostics.append(diagnostic.written(in: script.sources)) }
  }

  /// Reports several things, unless they may be consequences of what an earlier group found.
  mutating func report(contentsOf list: some Sequence<Diagnostic>) {
    for diagnostic in list { report(diagnostic) }
  }

  /// Ends a group: after errors the rest is quiet.
  fileprivate mutating func endGroup() { isQuiet = diagnostics.hasErrors }
}

/// From syntax tree to typed script.
package enum Analysis {
  /// Finds out what everything in a script means on `target`.
  ///
  /// All mistakes that one group of passes finds are reported together, and hide those that later
  /// ones would find. What is known of the rest of the script is in the result all the same.
  ///
  /// - Returns: The typed script, which can be lowered if there is no error among the diagnostics.
  package static func analyze(_ parsed: ParsedScript, for target: AnalysisTarget) -> (
    script: TypedScript, diagnostics: DiagnosticList
  ) {
    var state = AnalysisState(parsed, for: target)
    for group in AnalysisPass.groups {
      for pass in group { pass.run(&state) }
      state.endGroup()
    }
    return (state.script, state.diagnostics)
  }
}
