/// Copies of a function that compilers make under names of their own.
package enum FunctionClone {
  /// Copies that are called in the place of the function, as `tcp_drop.isra.0`, and parts of it that the function
  /// itself calls.
  package enum Kind: Hashable, Sendable {
    case whole
    case part
  }

  /// The pattern that the names of copies of `function` match, and others.
  package static func pattern(of function: String) -> String { function + ".*" }

  /// What `name` is of `function`; nil if it is no copy of it.
  package static func kind(of name: String, as function: String) -> Kind? {
    guard name.count > function.count, name.hasPrefix(function) else { return nil }
    var rest = name.dropFirst(function.count)
    var kind: Kind?
    while let dot = rest.first, dot == "." {
      let word = rest.dropFirst().prefix { $0 != "." }
      rest = rest.dropFirst(1 + word.count)
      switch word {
      case "isra", "constprop": kind = kind ?? .whole
      case "part": kind = .part
      case _ where !word.isEmpty && word.allSatisfy(\.isNumber): break
      default: return nil
      }
    }
    return kind
  }

  /// Those of `names` that a probe of `function` is meant to be on: the function and its copies. Parts are among
  /// them only where there is nothing else, because the function that calls them is seen already.
  package static func sites(of function: String, among names: [String]) -> [String] {
    let copies = names.filter { kind(of: $0, as: function) == .whole }
    let whole = (names.contains(function) ? [function] : []) + copies
    return whole.isEmpty ? names.filter { kind(of: $0, as: function) == .part } : whole
  }
}
