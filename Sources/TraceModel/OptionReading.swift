/// What was given for an option, as scripts and the runner understand it.
package enum OptionReading: Hashable, Sendable {
  case value(ScriptOption.Value)
  /// The values of a list, in the order given.
  case list([Int64])
  /// A length of time: in units of the option, rounded up, and exactly.
  case time(UInt64, nanoseconds: UInt64)
}
