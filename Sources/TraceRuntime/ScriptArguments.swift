package import TraceModel

/// The words behind a script on the command line, taken apart.
package struct ScriptArguments: Hashable, Sendable {
  /// Values of named parameters, by name.
  package var options: [String: ScriptOption.Value]
  /// The values of list options.
  package var lists: [String: [Int64]] = [:]
  /// `$1` and so on.
  package var positional: [String]

  package init(options: [String: ScriptOption.Value] = [:], positional: [String] = []) {
    self.options = options
    self.positional = positional
  }

  /// Takes what was given for an option.
  package mutating func take(_ reading: OptionReading, of option: ScriptOption) {
    switch reading {
    case .value(let value): options[option.name] = value
    case .list(let values): lists[option.name] = values
    }
  }

  /// Whether an option counts as given, by itself or by its default.
  func isOn(_ name: String, of declared: [ScriptOption]) -> Bool {
    if let values = lists[name] { return !values.isEmpty }
    if let value = options[name] {
      if case .boolean(let flag) = value { return flag }
      return true
    }
    return declared.first { $0.name == name }?.defaultValue.isOn ?? false
  }

  /// The text that an option has, given or by default; nil if its value is none.
  func text(of name: String, from declared: [ScriptOption]) -> String? {
    let value = options[name] ?? declared.first { $0.name == name }?.defaultValue
    if case .string(let text)? = value { return text }
    return nil
  }

  /// The text that was given for an option; nil if none was.
  func given(text name: String) -> String? {
    if case .string(let text)? = options[name] { text } else { nil }
  }

  /// How many numbers were given as values of an option.
  func count(of name: String) -> Int { numbers(of: name).count }

  /// One of the numbers that were given as values of an option; 0 if there are not so many.
  func number(of name: String, at index: Int) -> Int64 {
    let numbers = numbers(of: name)
    return numbers.indices.contains(index) ? numbers[index] : 0
  }

  private func numbers(of name: String) -> [Int64] {
    if let values = lists[name] { return values }
    switch options[name] {
    case .unsigned(let number)?: return [Int64(bitPattern: number)]
    case .signed(let number)?: return [number]
    case .boolean, .string, nil: return []
    }
  }

  /// Why words do not fit the parameters of a script.
  package enum ParseError: Error, Hashable, Sendable {
    /// The script has no parameters of these names; the ones it has.
    case unexpected([String], expected: [ScriptOption])
    case notAnInteger(name: String, value: String)
    case notABoolean(name: String, value: String)
    case notAString(name: String)
    /// A declared option does not accept the value; a clause that says what it expects.
    case refused(name: String, String)
    /// Declared options that do not go together; a sentence that names them.
    case contradictory(String)
  }

  /// Sorts words into named parameters, which begin with `--`, and positional ones.
  ///
  /// - Parameters:
  ///   - options: The script's, and those of the runner that go with it.
  ///   - read: Reads the value of a declared option; nil is the name alone.
  package init(
    parsing words: [String], for options: [ScriptOption],
    reading read: (ScriptOption, String?) throws(ParseError) -> OptionReading = {
      (option, text) throws(ParseError) in .value(try option.value(text))
    }
  ) throws(ParseError) {
    self.init()
    var unexpected: [String] = []
    for word in words {
      guard word.hasPrefix("--"), word.count > 2 else {
        positional.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let value = parts.count > 1 ? String(parts[1]) : nil
      guard
        let option = options.first(where: { $0.name == name })
          ?? options.first(where: { $0.declaration?.words.contains(name) == true })
      else {
        unexpected.append("--\(name)")
        continue
      }
      if option.declaration == nil {
        self.options[option.name] = try option.value(value)
      } else {
        take(try read(option, value), of: option)
      }
    }
    if !unexpected.isEmpty { throw .unexpected(unexpected, expected: options) }
  }
}

extension ScriptOption {
  /// Reads a value of this parameter.
  ///
  /// - Parameter text: What follows `=`, or nil for the name alone, which means true.
  package func value(_ text: String?) throws(ScriptArguments.ParseError) -> Value {
    switch defaultValue {
    case .boolean:
      switch (text ?? "true").lowercased() {
      case "true", "1", "on", "yes": return .boolean(true)
      case "false", "0", "off", "no": return .boolean(false)
      default: throw .notABoolean(name: name, value: text ?? "")
      }
    case .unsigned, .signed:
      guard let number = IntegerLiteral.parse(text ?? "true") else {
        throw .notAnInteger(name: name, value: text ?? "true")
      }
      if case .signed = defaultValue { return .signed(number) }
      return .unsigned(UInt64(bitPattern: number))
    case .string:
      guard let text else { throw .notAString(name: name) }
      return .string(text)
    }
  }
}

extension ScriptArguments.ParseError {
  /// The sentence for people, without `ERROR: `.
  package var message: String {
    switch self {
    case .unexpected(let names, _):
      "unexpected program command line options: " + names.joined(separator: ", ")
    case .notAnInteger(let name, "true"):
      "program command line option --\(name) expects an integer (value: true)"
    case .notAnInteger(let name, let value):
      "program command line option --\(name) invalid integer (value: \(value))"
    case .notABoolean(let name, let value):
      "program command line option --\(name) expects a boolean (e.g. 'true') (value: \(value))"
    case .notAString(let name):
      "program command line option --\(name) expects a string (value: true)"
    case .refused(let name, let clause): "program command line option --\(name): \(clause)"
    case .contradictory(let sentence): "program command line options: \(sentence)"
    }
  }

  /// Whether somebody asked for the parameters with `--help`.
  package var asksForHelp: Bool {
    if case .unexpected(let names, _) = self { names.contains("--help") } else { false }
  }

  /// What to do about it, without `HINT: `; more lines follow the first.
  package var hints: [String] {
    guard case .unexpected(_, let expected) = self else { return [] }
    if expected.isEmpty { return ["no custom program options defined."] }
    if expected.allSatisfy(\.description.isEmpty) {
      let names = expected.map { "--\($0.name)" }.joined(separator: ": ")
      return ["expected program options: \(names)"]
    }
    return ["expected program options:"]
      + expected.map { option in
        option.description.isEmpty ? "--\(option.name)" : "--\(option.name): \(option.description)"
      }
  }
}
