import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

/// The lowering of one program: a probe's filter, predicate and action block at one attach point.
struct ProbeLowering {
  let script: ScriptLowering
  let typed: TypedProbe
  let body: BodyLowering
  private let name: String

  /// Begins the program; `lower` writes it.
  init(_ script: ScriptLowering, _ typed: TypedProbe, index: Int) {
    self.script = script
    self.typed = typed
    name = Self.symbol(typed.attachPoint.name, index)
    let root = script.builder.beginFunction(
      name: name, role: .program(section: typed.attachPoint.section))
    body = BodyLowering(script, typed.body, root: root, range: typed.syntax.range)
  }

  var builder: IRBuilder { script.builder }

  /// Writes the whole program and its entry in the manifest.
  func lower() {
    let attachPoint = typed.attachPoint
    builder.line = script.line(of: typed.syntax.range, expansion: nil)
    for feature in attachPoint.requires { script.require(feature) }

    var spec = ProbeSpec(
      program: name, name: attachPoint.name, attachPoint: attachPoint.attachPoint)
    lowerTargetFilter()
    if let condition = typed.attachCondition {
      let question = script.constant(
        condition.question.source, .integer, integer: condition.question.defaultAnswer ? 1 : 0)
      spec.condition = ProbeSpec.Condition(
        constant: question, expected: condition.expected ? 1 : 0)
    } else if let predicate = typed.syntax.predicate {
      lowerPredicate(predicate)
    }
    body.lowerBlock(typed.syntax.body)
    builder.return(.word(body.defaultResult))
    builder.endFunction()
    script.add(spec)
  }

  private static func symbol(_ name: String, _ index: Int) -> String {
    let letters = name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    return "\(String(decoding: letters, as: UTF8.self))_\(index)"
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
