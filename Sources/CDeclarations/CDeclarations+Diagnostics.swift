import BTF
import Diagnostics

/// The wording of everything that is said about the C in a script.
extension Diagnostic {
  // MARK: Syntax

  static func cExpected(_ what: String, at range: SourceRange) -> Diagnostic {
    .error("c-syntax", "C: expected \(what)", at: range)
  }

  static func cNumber(_ text: String, at range: SourceRange) -> Diagnostic {
    .error("c-syntax", "C: '\(text)' is no integer", at: range)
  }

  static func cDivision(at range: SourceRange) -> Diagnostic {
    .error("c-syntax", "C: division by zero", at: range)
  }

  // MARK: Names

  static func cUnknownType(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("c-unknown-name", "unknown type name '\(name)'", at: range)
  }

  static func cUnknownName(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("c-unknown-name", "use of undeclared identifier '\(name)'", at: range)
  }

  static func cNoMember(_ name: String, _ type: String, at range: SourceRange) -> Diagnostic {
    .error("c-unknown-name", "no member named '\(name)' in '\(type)'", at: range)
  }

  static func cRedefinition(
    _ what: String, at range: SourceRange, first: SourceRange
  ) -> Diagnostic {
    .error(
      "c-redefinition", "redefinition of \(what)", at: range,
      notes: [Note("previous definition is here", at: first)])
  }

  // MARK: Types

  static func cBaseType(_ words: String, at range: SourceRange) -> Diagnostic {
    .error("c-type", "C has no type '\(words)'", at: range)
  }

  static func cIncomplete(_ type: String, at range: SourceRange) -> Diagnostic {
    .error("c-type", "nothing is known of '\(type)' but its name", at: range)
  }

  static func cIncompleteMember(
    _ name: String, _ type: String, at range: SourceRange
  ) -> Diagnostic {
    .error("c-type", "field has incomplete type '\(type)'", at: range)
  }

  static func cArraySize(_ count: Int64, at range: SourceRange) -> Diagnostic {
    .error("c-type", "an array cannot have \(count) elements", at: range)
  }

  static func cAlignment(_ value: Int64, at range: SourceRange) -> Diagnostic {
    .error("c-type", "\(value) is no alignment: it must be a power of two", at: range)
  }

  static func cBitFieldType(at range: SourceRange) -> Diagnostic {
    .error("c-type", "a bit-field must have an integer type", at: range)
  }

  static func cBitFieldWidth(_ width: Int64, most: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "c-type", "a bit-field of this type has 1 to \(most) bits, not \(width)", at: range)
  }

  static func cTooBig(at range: SourceRange) -> Diagnostic {
    .error("c-limit", "this type is too big: it cannot be described as BTF", at: range)
  }

  static func cTooDeep(at range: SourceRange) -> Diagnostic {
    .error("c-limit", "this is nested too deeply", at: range)
  }

  static func cTooLong(at range: SourceRange) -> Diagnostic {
    .error("c-limit", "there is too much of this", at: range)
  }

  /// The kernel's own types make no sense.
  static func cKernelTypes(_ error: BTFError, at range: SourceRange) -> Diagnostic {
    .error("c-limit", "the kernel's types cannot be read: \(error)", at: range)
  }

  // MARK: Preprocessor

  static func cUnterminatedConditional(at range: SourceRange) -> Diagnostic {
    .error("c-preprocessor", "unterminated conditional directive: there is no #endif", at: range)
  }

  static func cLonelyDirective(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("c-preprocessor", "#\(name) without #if", at: range)
  }

  static func cUnknownDirective(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("c-preprocessor", "invalid preprocessing directive '#\(name)'", at: range)
  }

  static func cError(_ text: String, at range: SourceRange) -> Diagnostic {
    .error("c-preprocessor", "#error \(text)", at: range)
  }

  static func cWarning(_ text: String, at range: SourceRange) -> Diagnostic {
    .warning("c-warning", "#warning \(text)", at: range)
  }

  static func cHeader(
    _ name: String, _ problem: CHeaderProblem, at range: SourceRange?
  ) -> Diagnostic {
    let missing = "'\(name)' file not found"
    func folders(_ searched: [String]) -> String {
      searched.isEmpty ? "nowhere" : "in " + searched.joined(separator: ", ")
    }
    let known = "Headers of the kernel and of the C library need not be there."
    switch problem {
    case .notFound(let searched):
      return .error(
        "c-header", missing, at: range,
        hints: [
          "It was looked for \(folders(searched)); -I names another folder. \(known)"
        ])
    case .noPreprocessor(let searched, let programs):
      return .error(
        "c-header", missing, at: range,
        hints: [
          "It was looked for \(folders(searched)); -I names another folder. Headers of the system "
            + "are read through a C compiler, and there is none "
            + "(\(programs.joined(separator: ", "))): install gcc or clang. \(known)"
        ])
    case .needs(let other):
      return .error(
        "c-header", "'\(other)' file not found, which '\(name)' includes", at: range,
        hints: ["Install the package that has it, or name its folder with -I."])
    case .failed(let reason):
      return .error("c-header", "'\(name)' cannot be read: \(reason)", at: range)
    }
  }

  /// Something in a header of the system is beyond us.
  static func cPartOfHeader(_ name: String, _ reason: String, at range: SourceRange) -> Diagnostic {
    .warning(
      "c-header-part", "a part of '\(name)' is not understood and left out: \(reason)", at: range)
  }
}
