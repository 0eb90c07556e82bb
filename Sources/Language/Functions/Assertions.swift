import TraceIR
import TraceModel

extension Function {
  private static let family = "Assertions"

  static let assertions: [Function] = [staticAssert]

  static let staticAssert = Function(
    name: "static_assert", family: family,
    signature: Signature([Parameter("condition", .any), Parameter("text", .stringLiteral)]),
    summary: "Refuses the script if a condition does not hold that is known beforehand.",
    details: "As in `static_assert(sizeof(struct sock) > 0, \"no sockets\")`.",
    examples: [
      CatalogExample(
        """
        begin {
          static_assert(sizeof(uint64) == 8, "not a word");
          print("fine");
        }
        """,
        prints: "fine")
    ],
    invocation: .compileTime,
    check: { call in
      guard condition(call) else { return .none }
      switch call.constant(0)?.bits {
      case nil:
        call.error("not-constant", "Unable to resolve comptime expression", argument: 0)
      case 0?: call.error("static-assertion", call.constant(1)?.text ?? "")
      default: break
      }
      return .none
    }, lower: { _ in .none })

  /// Whether the first argument can be true or false; else that is reported.
  @discardableResult
  private static func condition(_ call: any CallCheck) -> Bool {
    let type = call.type(0).readable
    if type.isScalar { return true }
    call.error(
      "argument-kind",
      "\(call.name)() only supports bool or int arguments "
        + "(\(type.kindText) provided)", argument: 0)
    return false
  }
}
