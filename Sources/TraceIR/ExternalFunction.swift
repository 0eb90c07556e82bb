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

/// A function of an object that is linked to the module's.
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

  package var name: String
  /// At most five.
  package var parameters: [Parameter]
  package var result: IRForeignType

  package init(name: String, parameters: [Parameter], result: IRForeignType) {
    self.name = name
    self.parameters = parameters
    self.result = result
  }
}
