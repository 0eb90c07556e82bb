package import Diagnostics
package import Semantics
package import TraceModel

/// A step of the compilation whose outcome can be shown as text (`-d`).
package enum CompilationStage: String, Hashable, Sendable, CaseIterable {
  /// The syntax tree.
  case ast
  /// Maps, variables and expressions with their types.
  case types
  /// The intermediate representation as lowered.
  case ir
  /// The intermediate representation after its passes.
  case irPasses = "ir-passes"
  /// What the artifact says of itself.
  case manifest
  /// LLVM's representation as translated.
  case codegen
  /// LLVM's representation after its passes.
  case codegenOptimized = "codegen-opt"
}

/// The outcome of a stage as text.
package struct StageDump: Hashable, Sendable {
  package var stage: CompilationStage
  package var text: String

  package init(stage: CompilationStage, text: String) {
    self.stage = stage
    self.text = text
  }
}

/// How to compile.
package struct CompilationOptions: Sendable {
  /// The command and its version, for the manifest: `bpftrace v0.27.1`.
  package var producer: String
  /// The stages to be shown; making the texts costs time.
  package var stages: Set<CompilationStage>
  /// The last step to take: without code generation there is no artifact.
  package var generatesCode: Bool

  package init(
    producer: String, stages: Set<CompilationStage> = [], generatesCode: Bool = true
  ) {
    self.producer = producer
    self.stages = stages
    self.generatesCode = generatesCode
  }
}

/// What compiling a script gave.
package struct CompilationResult: Sendable {
  /// Nil if there is an error among the diagnostics, or no code was wanted.
  package var artifact: Artifact?
  /// The script with what is known of its types, whatever errors it has; nil before it is compiled.
  package var script: TypedScript?
  /// The objects to link to the artifact's; none unless it calls functions of theirs.
  package var linked: [ImportedObject] = []
  package var diagnostics: DiagnosticList
  /// The files that the diagnostics refer to.
  package var sources: SourceMap
  /// The stages that were asked for and reached, in order.
  package var dumps: [StageDump]

  package init(sources: SourceMap) {
    artifact = nil
    script = nil
    diagnostics = DiagnosticList()
    self.sources = sources
    dumps = []
  }
}
