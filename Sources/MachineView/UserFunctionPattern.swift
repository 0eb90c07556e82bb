internal import ObjectFiles
package import TraceModel

/// Tells which symbols a function's name in an attach point means.
///
/// A name behind `cpp:` that has a parenthesis in it is compared with all of the demangled name, else with
/// that without parameters, so that it means all overloads.
package struct UserFunctionPattern: Sendable {
  package let name: UserFunctionName
  private let pattern: NamePattern
  private let hasParameters: Bool

  private static let splitOff = NamePattern("*.part.*")

  package init(_ name: UserFunctionName) {
    self.name = name
    pattern = NamePattern(name.name)
    hasParameters = name.name.contains("(")
  }

  /// Whether the symbol of that name is meant.
  package func matches(_ symbol: String) -> Bool {
    // Compilers put what they split off a function beside it; nobody means that.
    if !pattern.isExact, Self.splitOff.matches(symbol) { return false }
    guard name.isReadable, name.isPattern else { return pattern.matches(symbol) }
    guard let readable = Demangler.demangle(symbol, withParameters: hasParameters) else {
      return pattern.matches(symbol)
    }
    if pattern.matches(readable) { return true }
    // A template's full name begins with the type that it returns.
    guard hasParameters, let space = Self.endOfResult(readable) else { return false }
    return pattern.matches(String(readable[space...]))
  }

  /// Where the name proper begins behind the type of the result; nil if there is none.
  private static func endOfResult(_ readable: String) -> String.Index? {
    var depth = 0
    var found: String.Index?
    for index in readable.indices {
      switch readable[index] {
      case "<": depth += 1
      case ">": depth -= 1
      case "(" where depth == 0: return found
      case " " where depth == 0: found = readable.index(after: index)
      default: break
      }
    }
    return nil
  }
}
