import Diagnostics
import SystemText

/// The wording of what is said about macros.
extension Diagnostic {
  // MARK: Macros of C

  static func macroRecursion(
    _ chain: String, at range: SourceRange, expandedFrom: [SourceRange]
  ) -> Diagnostic {
    .error(
      "macro-recursion", "Macro recursion: \(chain)", at: range, expandedFrom: expandedFrom)
  }

  static func macroSize(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("macro-size", "What \(name) stands for is too long", at: range)
  }

  static func macroDepth(_ name: String, limit: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "macro-size", "What \(name) stands for is nested more than \(limit) deep", at: range)
  }

  static func macroWithoutValue(
    _ name: String, at range: SourceRange, definition: SourceRange
  ) -> Diagnostic {
    .error(
      "macro-value", "Unknown identifier: '\(name)'", at: range,
      notes: [Note("this macro cannot be used in an expression", at: definition)])
  }

  // MARK: Macros of scripts

  /// What ends the name of a variable that a macro created, before the number of the expansion.
  static let expansionMark: Character = "#"

  /// The same in the words of the author: variables of macros have their own names.
  var asWritten: Diagnostic {
    guard message.contains("$"), message.contains(Self.expansionMark) else { return self }
    var text = ""
    var rest = message[...]
    while let mark = rest.firstIndex(of: Self.expansionMark) {
      text += rest[..<mark]
      let number = rest[rest.index(after: mark)...].prefix { $0.isASCII && $0.isNumber }
      let word = text.utf8.reversed().prefix(while: \.isIdentifierPart)
      let isName = text.dropLast(word.count).hasSuffix("$") && !word.isEmpty && !number.isEmpty
      if !isName { text += rest[mark..<number.endIndex] }
      rest = rest[number.endIndex...]
    }
    return Diagnostic(
      id: id, severity: severity, message: text + rest, range: range, notes: notes, hints: hints,
      fixIts: fixIts, expandedFrom: expandedFrom)
  }

  static func redefinedMacro(
    _ name: String, at range: SourceRange, original: SourceRange
  ) -> Diagnostic {
    .error(
      "redefined-macro", "Redefinition of macro: \(name)", at: range,
      notes: [Note("This is the original definition.", at: original)])
  }

  static func builtinAsParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "macro-parameter", "syntax: builtin '\(name)' can't be used as a macro argument", at: range)
  }

  static func repeatedMacroParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "macro-parameter", "Variable for macro argument has already been used: \(name)", at: range)
  }

  static func recursiveMacro(_ chain: [String], at range: SourceRange) -> Diagnostic {
    .error(
      "macro-recursion",
      "Recursive macro call detected. Call chain: \(chain.joined(separator: " > "))", at: range)
  }

  static func macroArguments(_ name: String, notes: [Note], at range: SourceRange) -> Diagnostic {
    .error(
      "macro-arguments",
      "Call to \(name)() has arguments that do not match any definition.", at: range, notes: notes)
  }

  static func noTypeArgument(
    _ macro: String, _ parameter: String, at range: SourceRange
  ) -> Diagnostic {
    .error(
      "macro-arguments",
      "Invalid replacement for macro '\(macro)' type parameter '\(parameter)' which makes up the "
        + "type '\(parameter)'", at: range, hints: ["A type is given as typeof(type)."])
  }

  static func unhygienicMap(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "macro-hygiene",
      "Unhygienic access to map: \(name). Maps must be passed into the macro as arguments.",
      at: range)
  }

  static func shadowedParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("macro-hygiene", "Variable declaration shadows macro arg \(name)", at: range)
  }

  static func returnInMacro(at range: SourceRange) -> Diagnostic {
    .error("macro-return", "'return' statement is not allowed in a macro", at: range)
  }

  static func noAddress(at range: SourceRange) -> Diagnostic {
    .error(
      "address-of", "address-of operator (&) can only be used on a map or variable", at: range)
  }
}
