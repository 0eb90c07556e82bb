package import Language
import Syntax

/// Words of the command line as values.
package enum ParameterText {
  /// The number a word is, in any form that integer literals have, with a sign; else nil.
  package static func integer(_ text: String) -> Constant? {
    let digits = text.hasPrefix("+") ? String(text.dropFirst()) : text
    do throws(IntegerLiteralError) {
      let (bits, isNegative) = try IntegerLiteral.commandLineValue(digits)
      return isNegative
        ? .signed(Int64(bitPattern: bits)) : .unsigned(bits, isFlexible: true)
    } catch { return nil }
  }
}
