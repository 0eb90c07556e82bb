import Diagnostics
import SystemText
import TraceIR
import TraceModel

extension Function {
  private static let family = "Parameters"

  static let parameters: [Function] = [getopt, selected, attachPointExists]

  static let getopt: Function = {
    var function = optionValue
    function.isOptionValue = true
    return function
  }()

  private static let optionValue = Function(
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
      if call.argumentCount == 1, call.declaresOptions { return declared(name, call) }
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
      let name = call.constant(0)?.text ?? ""
      let source = LoadTimeConstant.Source.option(name)
      let given =
        call.argumentCount > 1
        ? call.constant(1) : call.option(name)?.constant ?? .boolean(false)
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

  /// The type of an option that the script's `options` declare.
  private static func declared(_ name: String, _ call: any CallCheck) -> ScriptType {
    guard let option = known(name, call) else { return .poison }
    if option.declaration?.isList == true {
      call.error(
        "undeclared-option",
        "'\(name)' may have several values: ask with selected(\"\(name)\", x)", argument: 0)
      return .poison
    }
    switch option.defaultValue {
    case .boolean(let flag):
      call.isAnswered(by: .option(name), default: flag)
      return .boolean
    case .unsigned: return .uint64
    case .signed: return .int64
    case .string(let text):
      return .string(capacity: max(parameterCapacity, text.utf8.count + 1))
    }
  }

  /// The option of that name; nil after telling the author that there is none.
  private static func known(_ name: String, _ call: any CallCheck) -> ScriptOption? {
    if let option = call.option(name) { return option }
    let nearest = NearestName.of(name, among: call.optionNames)
    call.error(
      "undeclared-option", "there is no option '\(name)'", argument: 0,
      hints: nearest.map { ["Did you mean \($0)?"] } ?? [])
    return nil
  }

  static let selected = Function(
    name: "selected", family: family,
    signature: Signature([Parameter("name", .stringLiteral), Parameter("value", .integer)]),
    summary: "Whether an option selects a value: it is not given, or the value is (one of) its.",
    details: "For options with numbers that the script's `options` declare, as in "
      + "`selected(\"port\", $port)`. Costs nothing where the option is not given.",
    examples: [
      CatalogExample(
        """
        options = { port  -P  list(port)  "only these ports"; }
        begin { print(selected("port", 80)); }
        """, prints: "true")
    ],
    check: { call in
      guard let name = call.constant(0)?.text, let option = known(name, call) else {
        return .poison
      }
      switch option.defaultValue {
      case .unsigned, .signed: break
      case .boolean, .string:
        call.error(
          "undeclared-option", "the value of '\(name)' is no number: use getopt()", argument: 0)
      }
      return .boolean
    },
    lower: { call in
      let name = call.constant(0)?.text ?? ""
      let isList = call.option(name)?.declaration?.isList == true
      let builder = call.builder
      let value = call.integer(1)
      let count = call.loadTimeInteger(.optionCount(name), default: 0)
      let result = call.temporary("selected", bytes: 8)
      builder.store(.integer(1, .i8), to: result)
      builder.if(builder.isNonzero(count), "given") {
        builder.store(.integer(0, .i8), to: result)
        for index in 0..<(isList ? OptionDeclaration.mostValues : 1) {
          builder.if(builder.compare(.less, .word(index), count), "value") {
            let wanted = call.loadTimeInteger(.optionValue(name, index: index), default: 0)
            builder.if(builder.compare(.equal, value, wanted), "equal") {
              builder.store(.integer(1, .i8), to: result)
            }
          }
        }
      }
      return .scalar(builder.load(.i8, from: result))
    })

  static let attachPointExists = Function(
    name: "attach_point_exists", family: family,
    signature: Signature([Parameter("attach_point", .stringLiteral)]),
    summary: "Whether this machine has an attach point, and programs can be attached to it.",
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

extension ScriptOption {
  /// The default as a value of the language.
  fileprivate var constant: Constant {
    switch defaultValue {
    case .boolean(let flag): .boolean(flag)
    case .unsigned(let number): .unsigned(number, isFlexible: false)
    case .signed(let number): .signed(number)
    case .string(let text): .string(text.systemBytes)
    }
  }
}
