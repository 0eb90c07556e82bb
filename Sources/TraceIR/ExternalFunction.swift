/// A type of C, as far as callers of a function that others have compiled must know it.
package indirect enum IRForeignType: Hashable, Sendable {
  case void
  case integer(bytes: Int, signed: Bool)
  case boolean
  case pointer(to: IRForeignType)
  /// A structure or union, which is only pointed to.
  case structure(name: String, isUnion: Bool)
  case enumeration(name: String, bytes: Int)
}

/// A function that is not the module's own.
package struct IRExternalFunction: Hashable, Sendable {
  package struct Parameter: Hashable, Sendable {
    /// Never empty.
    package var name: String
    package var type: IRForeignType

    package init(name: String, type: IRForeignType) {
      self.name = name
      self.type = type
    }
  }

  /// Who has the function.
  package enum Owner: Hashable, Sendable {
    /// An object that is linked to the module's.
    case object
    /// The kernel (a kfunc), whose types have to say of it what is said here.
    case kernel
  }

  package var name: String
  /// At most five.
  package var parameters: [Parameter]
  package var result: IRForeignType
  package var owner: Owner

  package init(
    name: String, parameters: [Parameter], result: IRForeignType, owner: Owner = .object
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.owner = owner
  }
}
