package import TraceModel

/// A map that is made before its object is loaded, since the kernel takes milliseconds for it: it clears all of a large
/// ring buffer, and makes room on each CPU for each element of a hash that has one on each.
package struct MapAhead: Hashable, Sendable {
  /// Its name in the object.
  package var symbol: String
  package var kind: MapKind
  /// The bytes of a key, and of a value.
  package var keySize: Int
  package var valueSize: Int
  /// For a ring buffer: bytes.
  package var maxEntries: Int

  package init(symbol: String, kind: MapKind, keySize: Int, valueSize: Int, maxEntries: Int) {
    self.symbol = symbol
    self.kind = kind
    self.keySize = keySize
    self.valueSize = valueSize
    self.maxEntries = maxEntries
  }

  /// The buffer for all events.
  ///
  /// - Parameter size: In bytes.
  package static func ringBuffer(_ size: Int) -> MapAhead {
    MapAhead(
      symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: size)
  }
}
