package import ToolLibrary
package import TraceModel

/// The options of a tool that were given, which may not contradict each other.
package struct GivenOptions {
  private struct Given {
    let option: ToolOption
    /// As it was given: `-m`.
    let spelling: String
    let text: String
    let reading: OptionReading
  }

  private var given: [Given] = []

  package init() {}

  /// Takes note of an option.
  ///
  /// - Parameters:
  ///   - spelling: How it was given, as in `-m`.
  ///   - text: What was given for it.
  package mutating func add(
    _ option: ToolOption, as spelling: String, text: String, reading: OptionReading
  ) {
    if case .value(.boolean(let flag)) = reading, flag == option.isNegation { return }
    given.append(Given(option: option, spelling: spelling, text: text, reading: reading))
  }

  /// The first contradiction, as a sentence that names both options; nil if there is none.
  ///
  /// - Parameter options: Those of the tool, which count with their defaults where they were not given.
  package func contradiction(among options: [ToolOption]) -> String? {
    for one in given {
      for name in one.option.excluded {
        guard let other = given.first(where: { $0.option.name == name }) else { continue }
        return "\(one.spelling) and \(other.spelling) exclude each other"
      }
      guard let name = one.option.minimum, let value = one.reading.number else { continue }
      let other = given.first { $0.option.name == name }
      guard let option = options.first(where: { $0.name == name }),
        let least = other?.reading.number
          ?? OptionReading.value(option.parameter.defaultValue).number,
        value < least
      else { continue }
      return "\(one.spelling) \(one.text) is below "
        + (other.map { "\($0.spelling) \($0.text)" } ?? "the default of \(option.spelling)")
    }
    return nil
  }
}

extension OptionReading {
  /// The number that it is; nil if it is none, or several.
  fileprivate var number: Int64? {
    switch self {
    case .value(.unsigned(let number)): Int64(clamping: number)
    case .value(.signed(let number)): number
    case .value(.boolean), .value(.string), .list: nil
    }
  }
}
