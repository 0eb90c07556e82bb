import SystemText
import TraceIR
import TraceModel

extension Function {
  private static let family = "Parameters"

  static let parameters: [Function] = [getopt, attachPointExists]

  static let getopt = Function(
    name: "getopt", family: family,
    signature: Signature([
      Parameter("name", .stringLiteral), Parameter("default", .any, optional: true),
      Parameter("description", .stringLiteral, optional: true),
    ]),
    summary: "The value of a named parameter, `--name=value`.",
    details:
      "The type is that of the default; without one it is false. A description that begins with "
      + "`-x NAME:` gives the option a short letter and its value a name in the tool's own options. "
      + "A probe whose whole predicate is a parameter that is true or false, or its negation, is not "
      + "attached at all where it does not hold.",
    examples: [
      CatalogExample(
        """
        begin {
          print(getopt("count", 10));
          print(getopt("verbose"));
          print(getopt("name", "nobody"));
        }
        """,
        prints: """
          10
          false
          nobody
          """)
    ],
    check: { call in
      guard let name = call.constant(0)?.text else { return .poison }
      let description = call.argumentCount > 2 ? call.constant(2)?.text ?? "" : ""
      let value: ScriptOption.Value
      let type: ScriptType
      switch call.argumentCount > 1 ? call.constant(1) : .boolean(false) {
      case .boolean(let flag)?: (value, type) = (.boolean(flag), .boolean)
      case .unsigned(let number, _)?: (value, type) = (.unsigned(number), .uint64)
      case .signed(let number)?: (value, type) = (.signed(number), .int64)
      case .string(let bytes)?:
        let text = String(systemBytes: bytes)
        (value, type) = (
          .string(text), .string(capacity: max(parameterCapacity, bytes.count + 1))
        )
      case .record, nil:
        call.error(
          "option-default",
          "getopt() expects the default value to be a literal integer, string or boolean",
          argument: 1)
        return .poison
      }
      call.declareOption(
        ScriptOption(name: name, defaultValue: value, description: description))
      if case .boolean(let flag) = value { call.isAnswered(by: .option(name), default: flag) }
      return type
    },
    lower: { call in
      let source = LoadTimeConstant.Source.option(call.constant(0)?.text ?? "")
      let given = call.argumentCount > 1 ? call.constant(1) : .boolean(false)
      if case .string(let capacity) = call.resultType {
        return .memory(
          call.loadTimeString(source, capacity: capacity, default: given?.text ?? ""))
      }
      let value = call.loadTimeInteger(source, default: given?.bits ?? 0)
      return .scalar(
        call.builder.resize(
          value, to: .integer(bytes: call.resultType.scalarBytes),
          signed: call.resultType.isSigned))
    })

  static let attachPointExists = Function(
    name: "attach_point_exists", family: family,
    signature: Signature([Parameter("attach_point", .stringLiteral)]),
    summary: "Whether this machine has an attach point.",
    details:
      "Decided when the program is loaded. A probe whose whole predicate is such a call, or its "
      + "negation, is not attached at all where it does not hold.",
    examples: [
      CatalogExample(
        """
        begin {
          print(attach_point_exists("tracepoint:sched:sched_switch"));
          print(attach_point_exists("tracepoint:sched:nothing"));
        }
        """,
        prints: """
          true
          false
          """)
    ],
    invocation: .compileTime,
    check: { call in
      guard let text = call.constant(0)?.text else { return .poison }
      guard let point = attachPoint(text) else {
        call.error(
          "attach-point-question",
          "attach_point_exists() looks for probes of the kernel, as tracepoint:CATEGORY:EVENT",
          argument: 0)
        return .poison
      }
      call.isAnswered(by: .attachPointExists(point), default: false)
      return .boolean
    },
    lower: { call in
      guard let point = call.constant(0)?.text.flatMap(attachPoint) else { return .none }
      let value = call.loadTimeInteger(.attachPointExists(point), default: 0)
      return .scalar(call.builder.resize(value, to: .i8, signed: false))
    })

  /// The attach point that a script writes as `text`.
  private static func attachPoint(_ text: String) -> AttachPoint? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    return Catalog.probeType(parts[0])?.point?(Array(parts.dropFirst()))
  }
}
