import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import SystemText
import TraceIR
import TraceModel

/// The lowering of one program, or of one part of a program that carries two probes: a probe's filter, predicate
/// and action block, as one of the programs that can carry it.
struct ProbeLowering {
  let script: ScriptLowering
  let typed: TypedProbe
  let body: BodyLowering
  /// The symbol in the object of the program, or of the part.
  let symbol: String
  /// Its index in the module.
  let function: Int

  let form: ProbeProgram
  let table: ProbeSpec.SiteTable?

  /// Begins the program; `lower` writes it.
  ///
  /// - Parameters:
  ///   - table: Where the program looks up by which place it was called.
  ///   - suffix: Tells its symbol from those of other programs.
  ///   - isPart: Whether another program calls it.
  init(
    _ script: ScriptLowering, _ typed: TypedProbe, as form: ProbeProgram,
    table: ProbeSpec.SiteTable?, suffix: String, isPart: Bool = false
  ) {
    self.script = script
    self.typed = typed
    self.form = form
    self.table = table
    symbol = Self.symbol(typed.group.pattern?.name ?? typed.attachPoint.name, suffix)
    function = script.builder.beginFunction(
      name: symbol,
      role: isPart ? .subprogram(parameters: []) : .program(label: form.label))
    if isPart { script.builder.withModule { [function] in $0.functions[function].isPart = true } }
    // The body sees the context of this program.
    var attachPoint = typed.attachPoint
    attachPoint.programs = [form]
    var body = typed.body
    body.environment = .probe(attachPoint)
    self.body = BodyLowering(script, body, root: function, range: typed.syntax.range)
  }

  var builder: IRBuilder { script.builder }

  /// Writes the whole program.
  func lower() {
    builder.line = script.line(of: typed.syntax.range, expansion: nil)
    if let iteration = form.context.iteration { lowerIteration(iteration) }
    if let table { lowerSite(table) }
    lowerTargetFilter()
    builder.perform(.count(.run))
    if !typed.predicateIsDecided, let predicate = typed.syntax.predicate {
      lowerPredicate(predicate)
    }
    body.lowerBlock(typed.syntax.body)
    builder.return(.word(body.defaultResult))
    builder.endFunction()
  }

  /// Ends the program where there is no object, and else writes a byte for the reader, who gets as many at
  /// once as it asks for: so it can look after the events of some objects before the next ones come. In an
  /// iterator that is pinned only the script writes.
  private func lowerIteration(_ iteration: ContextShape.Iteration) {
    let object = builder.emit(.contextLoad(.i64, offset: iteration.object))
    builder.if(builder.compare(.equal, object, .word(0)), "end") {
      builder.return(.word(body.defaultResult))
    }
    guard !iteration.isPinned else { return }
    let byte = body.scratch(bytes: 8)
    builder.store(.word(0), to: byte)
    builder.perform(.helper(.seqWrite, [builder.file(of: iteration), byte, .word(1)]))
  }

  private static func symbol(_ name: String, _ suffix: String) -> String {
    let letters = name.utf8.map { $0.isIdentifierPart ? $0 : UInt8(ascii: "_") }
    return "\(String(decoding: letters, as: UTF8.self))_\(suffix)"
  }

  /// Ends the program where the predicate does not hold.
  private func lowerPredicate(_ predicate: PredicateSyntax) {
    body.at(predicate.condition) {
      let work = builder.newBlock("body")
      let skip = builder.newBlock("skip")
      body.branch(on: predicate.condition, then: work, else: skip)
      builder.position(at: skip)
      builder.return(.word(body.defaultResult))
      builder.position(at: work)
    }
  }
}
