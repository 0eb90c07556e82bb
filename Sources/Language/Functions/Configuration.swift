import TraceIR
import TraceModel

extension Function {
  static let configuration: [Function] = [config]

  static let config = Function(
    name: "config", family: "The script", isBuiltin: true,
    summary: "The settings of the script, as a record.",
    details:
      "As they are with the `config` block and the environment: `config.max_strlen`. Each is a "
      + "constant.",
    examples: [
      CatalogExample(
        "config = { max_strlen = 77 } begin { print((config.max_strlen, config.license)); }",
        prints: "(77, GPL)")
    ],
    invocation: .compileTime,
    check: { call in
      let settings = settings(call.configuration)
      call.fold(toFields: settings.map(\.value))
      return .record(
        settings.map { ScriptType.RecordField(name: $0.name, type: $0.value.type) })
    },
    lower: { call in
      let settings = settings(call.configuration)
      return .memory(call.record(settings.map(\.value)))
    })

  private static func settings(
    _ configuration: ScriptConfiguration
  ) -> [(name: String, value: Constant)] {
    ConfigOption.all.compactMap { option in
      option.value.map { (option.name, $0(configuration)) }
    }
  }
}
