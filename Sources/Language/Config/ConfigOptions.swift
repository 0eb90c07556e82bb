package import Diagnostics
package import Syntax

extension ScriptConfiguration {
  /// The settings of a `config` block with the environment over it, and what is wrong with them.
  package static func read(
    _ block: ConfigSyntax?, environment: [String: String]
  ) -> (configuration: ScriptConfiguration, diagnostics: [Diagnostic]) {
    (ScriptConfiguration(), [])
  }
}
