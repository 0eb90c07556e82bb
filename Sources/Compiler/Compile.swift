package import Diagnostics
import LLVMBackend
import Lowering
package import Semantics
import Syntax
import TraceIR
import TraceModel

/// Makes an artifact of a script.
///
/// Every stage runs on values and touches nothing but what `target` shows; nothing is printed.
package func compile(
  _ source: SourceFile, for target: AnalysisTarget, options: CompilationOptions
) -> CompilationResult {
  var compilation = Compilation(source, target, options)
  compilation.run()
  return compilation.result
}

private struct Compilation {
  let source: SourceFile
  let target: AnalysisTarget
  let options: CompilationOptions
  var result: CompilationResult

  init(_ source: SourceFile, _ target: AnalysisTarget, _ options: CompilationOptions) {
    self.source = source
    self.target = target
    self.options = options
    result = CompilationResult(sources: SourceMap(source))
  }

  mutating func run() {
    let parsed = parse(source, parameters: target.parameters)
    dump(.ast) { parsed.tree.dump() }
    let (script, diagnostics) = Analysis.analyze(parsed, for: target)
    result.diagnostics = diagnostics
    result.script = script
    result.sources = script.sources
    dump(.types) { TypeDump.text(of: script) }
    guard !diagnostics.hasErrors else { return }
    guard
      options.generatesCode || wants(.ir) || wants(.irPasses) || wants(.manifest)
    else { return }

    var lowered = lower(
      script, for: target, name: source.name, producer: options.producer)
    result.diagnostics.append(contentsOf: lowered.diagnostics)
    guard !lowered.diagnostics.hasErrors else { return }
    dump(.ir) { IRPrinter.text(of: lowered.module) }
    lowered.finish()
    dump(.irPasses) { IRPrinter.text(of: lowered.passed) }
    dump(.manifest) { lowered.manifest.keepingMaps(of: lowered.passed).text }
    guard options.generatesCode else { return }
    generate(lowered)
  }

  private mutating func generate(_ lowered: LoweredScript) {
    var backend = BackendOptions()
    var texts: [BackendStage: String] = [:]
    if wants(.codegen) || wants(.codegenOptimized) {
      backend.observe = { texts[$0] = $1 }
    }
    defer {
      for (stage, name) in [
        (BackendStage.translated, CompilationStage.codegen),
        (.optimized, .codegenOptimized),
      ] {
        if let text = texts[stage] { dump(name) { text } }
      }
    }
    do throws(BackendError) {
      result.artifact = try LLVMBackend.build(
        lowered.module, manifest: lowered.manifest, options: backend)
    } catch {
      result.diagnostics.append(.codeGeneration(error))
    }
  }

  private func wants(_ stage: CompilationStage) -> Bool { options.stages.contains(stage) }

  private mutating func dump(_ stage: CompilationStage, _ text: () -> String) {
    if wants(stage) { result.dumps.append(StageDump(stage: stage, text: text())) }
  }
}

extension Diagnostic {
  /// LLVM or our own check refused a program.
  fileprivate static func codeGeneration(_ error: BackendError) -> Diagnostic {
    let reason =
      switch error {
      case .generator(let text), .outOfStack(let text): text
      case .malformed(let faults): faults.joined(separator: "\n")
      }
    return .error("code-generation", "Could not generate code: \(reason)", at: nil)
  }
}

extension LoweredScript {
  /// The module after all passes.
  fileprivate var passed: IRModule {
    var module = module
    module.runPasses()
    return module
  }
}
