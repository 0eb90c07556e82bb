package import Diagnostics
package import Syntax
internal import SystemText
package import TraceModel

extension ScriptConfiguration {
  /// The settings of a `config` block with the environment over it, and what is wrong with them.
  ///
  /// - Parameter environment: Variables whose names begin with `BPFTRACE_`.
  package static func read(
    _ block: ConfigSyntax?, environment: [String: String],
    compatibility: Compatibility = .current, leavesReportsToRunner: Bool = false
  ) -> (configuration: ScriptConfiguration, diagnostics: [Diagnostic]) {
    var configuration = ScriptConfiguration(compatibility)
    if leavesReportsToRunner { configuration.runtime.printMapsOnExit = false }
    var diagnostics: [Diagnostic] = []
    for entry in block?.entries ?? [] {
      guard let (option, isFormer) = ConfigOption.named(entry.key) else {
        diagnostics.append(
          .error(
            "config-key", "\(entry.key): not a known configuration option", at: entry.range))
        continue
      }
      if isFormer {
        diagnostics.append(
          .warning(
            "config-renamed", "\(entry.key) has been renamed, please use \(option.name)",
            at: entry.range))
      }
      let inverts = isFormer && option.formerIsInverted
      if let problem = option.apply(ConfigText(entry.value), to: &configuration, inverts: inverts) {
        diagnostics.append(
          problem.isWarning
            ? .warning("config-value", problem.text(entry.key), at: entry.range)
            : .error("config-value", problem.text(entry.key), at: entry.range))
      }
    }
    for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
      guard let (option, isFormer) = ConfigOption.named(name) else { continue }
      if case .environmentOnly = option.kind { continue }
      let inverts = isFormer && option.formerIsInverted
      if let problem = option.apply(
        ConfigText(text: value), to: &configuration, inverts: inverts), !problem.isWarning
      {
        diagnostics.append(
          .error("config-environment", problem.text(option.name), at: nil))
      }
    }
    return (configuration, diagnostics)
  }
}

/// A value as the block or the environment gives it.
private struct ConfigText {
  var text: String
  var number: UInt64?

  init(text: String) {
    self.text = text
    number = Self.number(text)
  }

  init(_ value: ConfigSyntax.Value) {
    switch value {
    case .integer(let literal): self.init(text: String(literal.value))
    case .string(let bytes): self.init(text: String(systemBytes: bytes))
    case .boolean(let flag): self.init(text: flag ? "true" : "false")
    case .word(let word): self.init(text: word)
    }
  }

  private static func number(_ text: String) -> UInt64? {
    let lower = text.lowercased()
    if lower.hasPrefix("0x") { return UInt64(lower.dropFirst(2), radix: 16) }
    if lower.hasPrefix("0"), lower.count > 1 { return UInt64(lower.dropFirst(), radix: 8) }
    return UInt64(lower)
  }

  var flag: Bool? {
    switch text.lowercased() {
    case "true", "1", "on", "yes": true
    case "false", "0", "off", "no": false
    default: number.map { $0 != 0 }
    }
  }
}

/// Why a value was not taken.
private struct ConfigProblem {
  var isWarning = false
  var text: (_ key: String) -> String
}

extension ConfigOption {
  fileprivate func apply(
    _ value: ConfigText, to configuration: inout ScriptConfiguration, inverts: Bool
  ) -> ConfigProblem? {
    switch kind {
    case .number(let set):
      guard let number = value.number else {
        return ConfigProblem { "\($0): expecting a number, got \(value.text)" }
      }
      set(&configuration, number)
    case .flag(let set):
      guard let flag = value.flag else {
        return ConfigProblem {
          "\($0): Invalid bool value: valid values are true, false, 1 or 0."
        }
      }
      set(&configuration, inverts ? !flag : flag)
    case .text(let set): set(&configuration, value.text)
    case .form(let form, let set):
      guard set(&configuration, value.text) else {
        return ConfigProblem { "\($0): expecting \(form), got \(value.text)" }
      }
    case .word(let words, let set):
      let word = value.text.lowercased()
      guard words.contains(word) else {
        return ConfigProblem { _ in
          "\(name): Invalid value for \(name): valid values are "
            + words.dropLast().joined(separator: ", ") + ", and \(words.last ?? "")."
        }
      }
      set(&configuration, word)
    case .choice(let choices, let set):
      guard choices.contains(value.text) else {
        return ConfigProblem { _ in
          "Invalid value for \(name). Found: \(value.text). Valid values: "
            + choices.joined(separator: ", ")
            + ". Read more about BPF programs and licensing: "
            + "https://docs.kernel.org/bpf/bpf_licensing.html"
            + "#using-bpf-programs-in-the-linux-kernel"
        }
      }
      set(&configuration, value.text)
    case .withoutEffect:
      return ConfigProblem(isWarning: true) { "\($0) is deprecated and has no effect" }
    case .environmentOnly:
      return ConfigProblem { "\($0): can only be set as an environment variable" }
    }
    return nil
  }
}
