package import Diagnostics
package import TraceIR
package import TraceModel

/// Where a fact about types holds.
package enum Provenance: Hashable, Sendable {
  /// On every machine: the language, the processor's ABI or the script itself says so.
  case everywhere
  /// In the kernel that was looked at; the loader finds out how it is in another one.
  case relocation(IRFieldQuestion, FieldPath)
  /// The same, but nothing that a relocation can name: the runtime finds out.
  case loadTime(LoadTimeConstant.Source)
  /// In the kernel that was looked at; before programs are loaded, the runtime makes sure that it is the
  /// same in another one.
  case checked(RawArgument)
  /// On the machine that was looked at only, for the reason given.
  case machine(String)

  /// Why a program that has the fact built in fits one machine only; nil if it fits all.
  package var reason: String? {
    switch self {
    case .everywhere, .checked: nil
    case .relocation(let question, let path): "\(question.phrase) \(path.text) is built in"
    case .loadTime(.enumerator(let name, _)): "the value of \(name) is built in"
    case .loadTime: "a value of this machine is built in"
    case .machine(let reason): reason
    }
  }
}

extension IRFieldQuestion {
  /// What is asked for, as the reason for a binding says it.
  fileprivate var phrase: String {
    switch self {
    case .exists, .typeExists, .enumeratorExists: "whether there is"
    case .size, .typeSize: "the size of"
    case .offset, .leftShift, .rightShift: "the offset of"
    case .enumeratorValue: "the value of"
    }
  }
}

/// What was found out about a type, and where that holds.
///
/// The value itself is given to those only who say what becomes of it: code that is to run on other
/// machines takes `fixed` or relocates; who cannot do without a value that is known now, calls
/// `assumed` and thereby binds the script to this machine.
package struct TypeAnswer<Value: Hashable & Sendable>: Hashable, Sendable {
  private let known: Value
  package let provenance: Provenance

  package init(_ value: Value, _ provenance: Provenance) {
    known = value
    self.provenance = provenance
  }

  /// The value, if it is the same on every machine.
  package var fixed: Value? { provenance == .everywhere ? known : nil }

  /// The value as it is here; `bind` is given the reason why that fits this machine only, if it does.
  package func assumed(_ bind: (String) -> Void) -> Value {
    if let reason = provenance.reason { bind(reason) }
    return known
  }

  /// The value as it is here, for other answers to be made of.
  var reference: Value { known }
}

/// A number about types: a size, an offset, the value of an enumerator.
package typealias TypeNumber = TypeAnswer<Int64>

/// Why the programs of a script fit one machine only, and what in the script is the cause.
package struct Binding: Hashable, Sendable {
  /// A clause, without a full stop: `a probe is at an address of this kernel`.
  package var reason: String
  package var range: SourceRange?

  package init(_ reason: String, at range: SourceRange?) {
    self.reason = reason
    self.range = range
  }
}
