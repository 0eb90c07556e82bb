/// The way to a field inside a kernel structure, by names, so that it can be found in any kernel.
///
/// Members of anonymous structures and unions are named as if they were the enclosing one's own.
package struct FieldPath: Hashable, Sendable {
  /// What is known of the type a step ends at; enough for the loader to match it.
  package indirect enum Target: Hashable, Sendable {
    case integer(bytes: Int, signed: Bool)
    case pointer
    case structure(name: String)
    case union(name: String)
    case enumeration(bytes: Int)
    case array(element: Target, count: Int)
  }

  package enum Step: Hashable, Sendable {
    case member(String, Target)
    case element(Int, Target)
  }

  package enum RootKind: UInt8, Hashable, Sendable {
    case structure = 0
    case union = 1
  }

  package var rootKind: RootKind
  /// The name of the structure, without `struct`.
  package var root: String
  package var steps: [Step]

  package init(rootKind: RootKind = .structure, root: String, steps: [Step]) {
    self.rootKind = rootKind
    self.root = root
    self.steps = steps
  }

  /// As a person would write it: `task_struct.mm`, `iphdr.daddr[2]`.
  package var text: String {
    steps.reduce(into: root) { text, step in
      switch step {
      case .member(let name, _): text += ".\(name)"
      case .element(let index, _): text += "[\(index)]"
      }
    }
  }
}
