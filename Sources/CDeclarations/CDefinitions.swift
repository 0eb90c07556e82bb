import BTF
package import Diagnostics

/// A stretch of C in a script.
package struct CText: Sendable {
  package let bytes: [UInt8]
  package let range: SourceRange

  /// The bytes that are found at `range`.
  package init(_ bytes: [UInt8], at range: SourceRange) {
    self.bytes = bytes
    self.range = range
  }
}

/// What the C in a script says.
package struct CDefinitions: Sendable {
  /// What is wrong, in the order of discovery.
  package private(set) var diagnostics: [Diagnostic]
  /// The stretches of the script and its imports that `#if` leaves out.
  package let inactive: [SourceRange]
  /// Why what was decided fits this machine only.
  package let bindings: [(reason: String, range: SourceRange)]
  private var preprocessor: CPreprocessor
  private let environment: CEnvironment
  private let parser: CParser

  /// Reads the C of a script: its preprocessor lines and definitions, in order.
  package init(_ texts: [CText], in environment: CEnvironment) {
    self.environment = environment
    preprocessor = CPreprocessor(environment)
    preprocessor.process(
      texts.map { CScanner.tokens(of: $0.bytes, in: $0.range.file, at: $0.range.start) })
    var parser = CParser(preprocessor.output, environment)
    parser.parse()
    self.parser = parser
    inactive = preprocessor.inactive
    bindings = preprocessor.bindings
    diagnostics = preprocessor.diagnostics + parser.diagnostics
  }

  /// The types that are defined, as BTF that extends the kernel's; nil if there are none.
  package var types: [UInt8]? { parser.types.isEmpty ? nil : parser.types.bytes }

  /// Whether what is at a place counts.
  package func isActive(_ place: SourceRange) -> Bool {
    !inactive.contains { $0.file == place.file && ($0.start..<$0.end).contains(place.start) }
  }

  /// The macro of that name as it is at the end of the C; nil if there is none.
  package mutating func macro(_ name: String) -> CMacro? { preprocessor.macro(name) }

  /// The value of a macro whose replacement is a constant of C; nil if it is none.
  package mutating func value(of macro: CMacro) -> CValue? {
    guard !macro.isFunctionLike else { return nil }
    let body = preprocessor.expand([
      CToken(kind: .identifier, text: macro.name, range: macro.nameRange ?? .none)
    ])
    var evaluation = parser.evaluating(body)
    do throws(CFailure) {
      let value = try evaluation.parseConstant()
      return evaluation.token == nil ? value : nil
    } catch {
      return nil
    }
  }
}

extension CParser {
  /// The same knowledge with other tokens to read.
  fileprivate func evaluating(_ tokens: [CToken]) -> CParser {
    var copy = CParser(tokens, CEnvironment(kernel: types.kernel))
    copy.types = types
    copy.tags = tags
    copy.typedefs = typedefs
    copy.enumerators = enumerators
    return copy
  }
}
