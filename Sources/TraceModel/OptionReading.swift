/// What was given for an option, as scripts and the runner understand it.
package enum OptionReading: Hashable, Sendable {
  case value(ScriptOption.Value)
  /// The values of a list, in the order given.
  case list([Int64])
}
