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
    if lowered.module.isLinked, let script = result.script {
      result.linked = script.imports
      backend.linked = script.imports.map(\.bytes)
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
      if case .tooLong = error, let diagnostic = Diagnostic.programSize(lowered.passed, source) {
        result.diagnostics.append(diagnostic)
      } else {
        result.diagnostics.append(.codeGeneration(error))
      }
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
      case .tooLong: "a program is too long for its jumps"
      }
    return .error("code-generation", "Could not generate code: \(reason)", at: nil)
  }
}

extension Diagnostic {
  /// The longest program of a module is too long; nil if it has no place in the script.
  fileprivate static func programSize(_ module: IRModule, _ source: SourceFile) -> Diagnostic? {
    guard let longest = module.functions.max(by: { $0.stepCount < $1.stepCount }) else {
      return nil
    }
    var counts: [Int: Int] = [:]
    for block in longest.blocks {
      for instruction in block.instructions where instruction.line > 0 {
        counts[instruction.line, default: 0] += 1
      }
    }
    guard let first = counts.keys.min() else { return nil }
    let total = longest.stepCount
    // One line may be to blame; where they all are alike, it is the probe as a whole.
    let heaviest = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
    let (line, count) =
      heaviest.map { $0.value * 4 >= total ? $0 : (first, total) } ?? (first, total)
    let text = source.line(line)
    let start = source.lineStarts[line - 1]
    let indent = text.prefix { $0 == 0x20 || $0 == 0x09 }.count
    let what =
      count == total
      ? "the program that begins here has \(total) steps"
      : "\(count) of the \(total) steps of a program come from this line"
    return .error(
      "program-size", "too much for one program: \(what), and its jumps do not reach across them",
      at: SourceRange(file: source.id, start + indent..<start + text.count),
      hints: [
        "Make a loop of what is repeated, put parts into a function (fn), or split the probe: "
          + "several probes may have the same attach point and run in the order written."
      ])
  }
}

extension IRFunction {
  /// How many instructions it has.
  fileprivate var stepCount: Int { blocks.reduce(0) { $0 + $1.instructions.count } }
}

extension LoweredScript {
  /// The module after all passes.
  fileprivate var passed: IRModule {
    var module = module
    module.runPasses()
    return module
  }
}
