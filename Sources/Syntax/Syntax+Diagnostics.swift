import Diagnostics

/// The wording of everything that lexer and parser have to say.
extension Diagnostic {
  /// An error of syntax; all of them have the same prefix.
  static func syntax(
    _ id: String, _ message: String, at range: SourceRange, hints: [String] = []
  ) -> Diagnostic {
    .error(id, "syntax: \(message)", at: range, hints: hints)
  }

  // MARK: What was expected

  /// `what` is a token in quotes or the name of a construct.
  static func expected(_ what: String, at range: SourceRange, hints: [String] = []) -> Diagnostic {
    syntax("expected-token", "expected \(what)", at: range, hints: hints)
  }

  static func expectedExpression(at range: SourceRange) -> Diagnostic {
    syntax("expected-expression", "expected expression", at: range)
  }

  static func expectedAttachPoint(at range: SourceRange) -> Diagnostic {
    syntax("expected-attach-point", "expected attach point", at: range)
  }

  /// Something stands before `=` that cannot be assigned to.
  static func notAssignable(at range: SourceRange) -> Diagnostic {
    expected(
      "';'", at: range,
      hints: [
        "Only variables, maps and map elements can be assigned to, and an assignment has no value."
      ])
  }

  /// A part of a tuple, record or structure stands before `=`.
  static func immutableParts(at range: SourceRange) -> Diagnostic {
    syntax(
      "immutable-parts",
      "Tuples and records are immutable once created. Consider creating a new value and assigning "
        + "it instead.", at: range)
  }

  static func repeatedField(_ name: String, at range: SourceRange) -> Diagnostic {
    syntax("repeated-field", "Named argument list already contains name: \(name)", at: range)
  }

  // MARK: Order of sections

  static func lateCDefinition(at range: SourceRange) -> Diagnostic {
    syntax("section-order", "C definitions must appear before probes and functions", at: range)
  }

  static func lateConfig(at range: SourceRange) -> Diagnostic {
    syntax("section-order", "config must appear before probes and functions", at: range)
  }

  static func lateImport(at range: SourceRange) -> Diagnostic {
    syntax("section-order", "root imports must appear before probes and functions", at: range)
  }

  static func duplicateConfig(at range: SourceRange) -> Diagnostic {
    syntax("duplicate-config", "duplicate config block", at: range)
  }

  static func duplicateBlock(_ word: String, at range: SourceRange) -> Diagnostic {
    syntax("duplicate-block", "there is more than one \(word) block", at: range)
  }

  static func rootLet(at range: SourceRange) -> Diagnostic {
    syntax(
      "root-let",
      "root-level let statements need to be map declarations, e.g. let @a = hash(2);", at: range)
  }

  // MARK: Tokens

  static func unterminatedString(at range: SourceRange) -> Diagnostic {
    syntax("unterminated-string", "unterminated string", at: range)
  }

  static func unterminatedComment(at range: SourceRange) -> Diagnostic {
    syntax("unterminated-comment", "unterminated comment", at: range)
  }

  static func invalidCharacter(_ bytes: ArraySlice<UInt8>, at range: SourceRange) -> Diagnostic {
    syntax("invalid-character", "invalid character '\(printable(bytes))'", at: range)
  }

  static func nulInString(at range: SourceRange) -> Diagnostic {
    syntax("invalid-character", "NUL byte in string", at: range, hints: ["Write it as \\0."])
  }

  static func invalidUTF8InString(at range: SourceRange) -> Diagnostic {
    .warning("invalid-utf8", "String is not valid UTF-8", at: range)
  }

  static func invalidUTF8InAttachPoint(at range: SourceRange) -> Diagnostic {
    syntax("invalid-utf8", "attach point is not valid UTF-8", at: range)
  }

  static func invalidEscape(_ bytes: ArraySlice<UInt8>, at range: SourceRange) -> Diagnostic {
    syntax("invalid-escape", "invalid escape character '\(printable(bytes))'", at: range)
  }

  static func octalEscapeOutOfRange(
    _ bytes: ArraySlice<UInt8>, at range: SourceRange
  ) -> Diagnostic {
    syntax(
      "invalid-escape", "octal escape sequence out of range '\(printable(bytes))'",
      at: range)
  }

  static func invalidInteger(_ error: IntegerLiteralError, at range: SourceRange) -> Diagnostic {
    syntax("invalid-integer", error.message, at: range)
  }

  static func positionalOutOfRange(_ text: String, at range: SourceRange) -> Diagnostic {
    syntax(
      "invalid-positional",
      "param \(text) is out of integer range [1, \(Int64.max)]", at: range)
  }

  static func dollarInAttachPoint(_ text: String, at range: SourceRange) -> Diagnostic {
    syntax(
      "invalid-positional", "invalid positional parameter in attach point: \(text)", at: range,
      hints: ["Quote the part if the '$' belongs to the name, e.g. \"\(text)\"."])
  }

  // MARK: Limits

  static func tooDeep(_ limit: Int, at range: SourceRange) -> Diagnostic {
    syntax("too-deep", "nested too deeply, the limit is \(limit)", at: range)
  }

  static func tooManyErrors(at range: SourceRange) -> Diagnostic {
    syntax("too-many-errors", "too many errors, giving up", at: range)
  }

  /// Returns the bytes as text, those that are not printable UTF-8 as `\xNN`.
  private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 }),
      !bytes.contains(0x7f)
    {
      return text
    }
    return bytes.map { byte in
      byte >= 0x20 && byte < 0x7f
        ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
