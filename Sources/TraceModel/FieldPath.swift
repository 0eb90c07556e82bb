/// The way to a field inside a kernel structure, by names, so that it can be found in any kernel.
///
/// Members of anonymous structures and unions are named as if they were the enclosing one's own. A
/// path without steps is the structure itself; that of an enumerator has the enumeration as its root
/// and the enumerator's name as its only step.
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

  package enum RootKind: UInt8, CaseIterable, Hashable, Sendable {
    case structure = 0
    case union = 1
    case enumeration = 2
  }

  package var rootKind: RootKind
  /// The name of the structure, without `struct`.
  package var root: String
  package var steps: [Step]
  /// The kernel module whose types have the root; nil for the kernel's own.
  package var module: String?

  package init(
    rootKind: RootKind = .structure, root: String, steps: [Step], module: String? = nil
  ) {
    self.rootKind = rootKind
    self.root = root
    self.steps = steps
    self.module = module
  }

  /// As a person would write it: `task_struct.mm`, `iphdr.daddr[2]`, `nf_conntrack:nf_conn.status`.
  package var text: String {
    steps.reduce(into: module.map { "\($0):\(root)" } ?? root) { text, step in
      switch step {
      case .member(let name, _): text += ".\(name)"
      case .element(let index, _): text += "[\(index)]"
      }
    }
  }
}

// MARK: Encoding

extension FieldPath: WireStruct {
  package static let wireName = "path to a field"

  package static let blank = FieldPath(root: "", steps: [])

  package static let wireFields: [WireField<FieldPath>] = [
    WireField(1, "rootKind", \.rootKind, .required),
    WireField(2, "root", \.root, .required),
    WireField(3, "steps", \.steps),
    WireField(4, "module", \.module, .critical),
  ]
}

extension FieldPath.RootKind: WireNumbered {
  package static let wireName = "kind of type"
}

extension FieldPath.Step: WireEnum {
  package static let wireName = "step to a field"

  package static let wireCases: [WireCase<FieldPath.Step>] = [
    WireCase(0, "member", WirePart<String>(1, "name"), WirePart<FieldPath.Target>(2, "target")) {
      .member($0, $1)
    } take: {
      if case .member(let name, let target) = $0 { (name, target) } else { nil }
    },
    WireCase(1, "element", WirePart<Int>(1, "index"), WirePart<FieldPath.Target>(2, "target")) {
      .element($0, $1)
    } take: {
      if case .element(let index, let target) = $0 { (index, target) } else { nil }
    },
  ]
}

extension FieldPath.Target: WireEnum {
  package static let wireName = "type of a field"

  package static let wireCases: [WireCase<FieldPath.Target>] = [
    WireCase(0, "integer", WirePart<Int>(1, "bytes"), WirePart<Bool>(2, "signed")) {
      .integer(bytes: $0, signed: $1)
    } take: {
      if case .integer(let bytes, let signed) = $0 { (bytes, signed) } else { nil }
    },
    WireCase(1, "pointer", .pointer),
    WireCase(2, "structure", WirePart<String>(1, "name")) {
      .structure(name: $0)
    } take: {
      if case .structure(let name) = $0 { name } else { nil }
    },
    WireCase(3, "union", WirePart<String>(1, "name")) {
      .union(name: $0)
    } take: {
      if case .union(let name) = $0 { name } else { nil }
    },
    WireCase(4, "enumeration", WirePart<Int>(1, "bytes")) {
      .enumeration(bytes: $0)
    } take: {
      if case .enumeration(let bytes) = $0 { bytes } else { nil }
    },
    WireCase(5, "array", WirePart<FieldPath.Target>(1, "element"), WirePart<Int>(2, "count")) {
      .array(element: $0, count: $1)
    } take: {
      if case .array(let element, let count) = $0 { (element, count) } else { nil }
    },
  ]
}
