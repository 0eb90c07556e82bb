import TraceIR
import TraceModel

extension Function {
  private static let family = "Assertions"

  static let assertions: [Function] = [assert, staticAssert]

  static let assert = Function(
    name: "assert", family: family,
    signature: Signature([Parameter("condition", .any), Parameter("text", .stringLiteral)]),
    summary: "Ends the script with an error and status 1 if a condition does not hold.",
    details: "As in `assert(@opened >= @closed, \"more closed than opened\")`.",
    examples: [
      CatalogExample(
        """
        begin { assert(1 + 1 == 2, "numbers are broken"); print("fine"); }
        """,
        prints: "fine")
    ],
    check: { call in
      condition(call)
      return .none
    },
    lower: { call in
      let builder = call.builder
      let fails = builder.compare(.equal, call.integer(0), .word(0))
      builder.if(fails, "assert") {
        // Text of the script is no format.
        let text = (call.constant(1)?.text ?? "").split(
          separator: "%", omittingEmptySubsequences: false
        ).joined(separator: "%%")
        call.emit(.errorf(format: "assert failed: \(text)"), fields: [])
        call.emit(.exit, fields: [(.scalar(.word(1)), .int64)])
        call.leaveProbe()
      }
      return .none
    })

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
