import TraceIR
import TraceModel

extension Function {
  /// What scripts do with watchpoints.
  static let watchpoints: [Function] = [unwatch]

  static let unwatch = Function(
    name: "unwatch", family: "The process",
    signature: Signature([Parameter("address", .any)]),
    summary: "Takes the watchpoints of an address away.",
    details:
      "As in `watchpoint:0x10000000:8:w { print(comm); unwatch(0x10000000); }`. Accesses between the call and the moment when the command hears of it are still seen. An address that "
      + "nobody watches is left alone.",
    examples: [
      CatalogExample(
        #"begin { unwatch(0x10000000); print("nobody watches this"); }"#,
        prints: "nobody watches this")
    ],
    invocation: .asynchronous,
    check: { call in
      switch call.type(0).readable {
      case .integer, .pointer: break
      default:
        call.error(
          "argument-kind",
          "unwatch() only supports int arguments (\(call.type(0).readable.kindText) provided)")
      }
      return .none
    },
    lower: { call in
      call.emit(.unwatch, fields: [(.scalar(call.integer(0)), .uint64)])
      return .none
    })
}
