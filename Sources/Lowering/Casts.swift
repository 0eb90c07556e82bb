import Language
import Syntax
import TraceIR
import TraceModel

/// Explicit conversions.
extension BodyLowering {
  func lowerCast(_ operand: ExprID, to target: ScriptType) -> LoweredValue {
    let given = type(operand)
    switch target {
    case .boolean: return .scalar(truth(operand))
    case _ where target.isScalar:
      return .scalar(
        builder.resize(integer(operand), to: irType(target), signed: given.isSigned))
    case .none, .void, .word, .unresolved, .poison, .arguments:
      effect(operand)
      return .none
    default:
      let found = value(operand)
      // What is already so in foreign memory need not be copied.
      if given == target { return found }
      if case .remote = found, size(given) == size(target) { return found }
      let pointer = scratch(bytes: size(target))
      store(found, given, to: pointer, as: target)
      return .memory(pointer)
    }
  }
}
