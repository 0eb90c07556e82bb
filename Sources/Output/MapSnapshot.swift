package import TraceModel

/// What a map held at one moment, merged over the CPUs and in the order in which it is shown.
package struct MapSnapshot: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// `.none` in a map without explicit keys.
    package var key: Value
    package var value: Value

    package init(key: Value, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// As the script writes it, `@` included.
  package var name: String
  package var shape: MapShape
  /// Whether the map has no explicit keys; it then has one entry or none.
  package var isScalar: Bool
  package var entries: [Entry]

  package init(name: String, shape: MapShape, isScalar: Bool, entries: [Entry]) {
    self.name = name
    self.shape = shape
    self.isScalar = isScalar
    self.entries = entries
  }
}
