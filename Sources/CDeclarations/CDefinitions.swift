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
  /// The files that ranges refer to: those that were known before, and the headers that were read.
  package let sources: SourceMap
  /// Why what was decided fits this machine only.
  package let bindings: [(reason: String, range: SourceRange)]
  private var preprocessor: CPreprocessor
  private let environment: CEnvironment
  private let parser: CParser

  /// Reads the C of a script: its preprocessor lines and definitions, in order.
  ///
  /// - Parameters:
  ///   - sources: The files that `texts` are part of.
  ///   - included: Headers that are included before the first line, as after `#include`.
  package init(
    _ texts: [CText], in environment: CEnvironment, sources: SourceMap = SourceMap(),
    including included: [String] = []
  ) {
    self.environment = environment
    preprocessor = CPreprocessor(environment, sources)
    for name in included { preprocessor.include(name, isQuoted: true, at: nil) }
    preprocessor.process(
      texts.map { CScanner.tokens(of: $0.bytes, in: $0.range.file, at: $0.range.start) })
    self.sources = preprocessor.sources
    var parser = CParser(
      preprocessor.output, environment, systemHeaders: preprocessor.systemHeaders)
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
    var copy = CParser(
      tokens, CEnvironment(kernel: types.kernel, target: isARM ? "arm64" : "x86"))
    copy.types = types
    copy.tags = tags
    copy.typedefs = typedefs
    copy.enumerators = enumerators
    return copy
  }
}
