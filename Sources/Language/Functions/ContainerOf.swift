import TraceIR
import TraceModel

extension Function {
  static let containers: [Function] = [containerOf]

  static let containerOf = Function(
    name: "container_of", family: "Addresses and symbols",
    signature: Signature([
      Parameter("pointer", .any), Parameter("type", .type), Parameter("member", .member(of: 1)),
    ]),
    summary: "The structure that a pointer points into, by the member that it points to.",
    details:
      "As in `container_of($list, typeof(struct task_struct), tasks)`. The member may be one of a member: "
      + "`se.run_node`.",
    examples: [
      CatalogExample(
        """
        begin {
          $member = (uint64)curtask + offsetof(struct task_struct, tasks);
          print(container_of($member, typeof(struct task_struct), tasks) == curtask);
        }
        """,
        prints: "true")
    ],
    check: { call in
      let type = call.typeArgument(1)
      guard case .structure = type else {
        call.error("offsetof", "'\(type.text)' is not a C type.", argument: 1)
        return .poison
      }
      switch call.type(0).readable {
      case .integer, .pointer: break
      default:
        call.error(
          "argument-kind",
          "container_of() only supports int or pointer arguments "
            + "(\(call.type(0).readable.kindText) provided)", argument: 0)
        return .poison
      }
      return .pointer(to: type, call.type(0).readable.pointerSpace ?? .kernel)
    },
    lower: { call in
      .scalar(call.builder.binary(.sub, call.integer(0), call.integer(2)))
    })
}
