package import Diagnostics

/// A `#define` of the script.
package struct CMacro: Sendable {
  package let name: String
  /// The place of the name in the definition; nil for what is defined from the start.
  package let nameRange: SourceRange?
  /// From the first token of the replacement through its last; nil if there is none.
  package let replacementRange: SourceRange?
  /// Why the replacement holds on this machine only, if it does.
  package let binding: String?
  /// Nil for a macro that is no function.
  let parameters: [String]?
  let isVariadic: Bool
  let body: [CToken]
  /// Whether every C preprocessor of this system defines it by itself.
  var isBuiltIn = false

  /// Whether it takes arguments.
  package var isFunctionLike: Bool { parameters != nil }

  /// The macro as a line of C.
  var line: String {
    var list = ""
    if var names = parameters {
      if isVariadic, let last = names.popLast() {
        names.append(last == "__VA_ARGS__" ? "..." : last + "...")
      }
      list = "(" + names.joined(separator: ", ") + ")"
    }
    return "#define \(name)\(list) \(body.text)\n"
  }
}

/// A macro that is defined without the script saying so.
package struct CPredefinition: Sendable {
  package let parameters: [String]?
  /// C.
  package let replacement: String
  /// Why it holds on this machine only, if it does.
  package let binding: String?

  package init(_ replacement: String, parameters: [String]? = nil, binding: String? = nil) {
    self.parameters = parameters
    self.replacement = replacement
    self.binding = binding
  }
}

/// A value of C's integer types.
package struct CValue: Hashable, Sendable {
  /// Sign-extended, or with zeros above.
  package var bits: UInt64
  package var isUnsigned: Bool
  /// Whether it is a `long`, and not an `int`.
  var isLong: Bool

  init(bits: UInt64, isUnsigned: Bool, isLong: Bool) {
    self.isUnsigned = isUnsigned
    self.isLong = isLong
    if isLong {
      self.bits = bits
    } else if isUnsigned {
      self.bits = bits & 0xFFFF_FFFF
    } else {
      self.bits = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
    }
  }

  /// A number of the smallest type that holds it.
  init(_ number: Int64) {
    let isLong = Int32(exactly: number) == nil
    self.init(bits: UInt64(bitPattern: number), isUnsigned: false, isLong: isLong)
  }

  /// The value as a signed number.
  package var signed: Int64 { Int64(bitPattern: bits) }
  var isTrue: Bool { bits != 0 }
}
