internal import BPF
internal import LinuxSystem
internal import Output
internal import TraceModel

extension EventHandler {
  enum MapChange {
    case clear, zero
  }

  /// `print(@m)`: the map as it is now.
  func showMap(_ map: MapSpec, _ selection: MapReader.Selection) throws(DecodingError) {
    do {
      let snapshot = try maps.read(map, of: object, selection)
      if !snapshot.entries.isEmpty { return emit(snapshot) }
    } catch {
      switch error {
      case .decoding(let error): throw error
      case .system(let error): return report(map, error)
      }
    }
    if let zero = try maps.zero(of: map) { outlet.emit(.map(zero)) }
  }

  /// `clear(@m)` and `zero(@m)`.
  func change(_ map: MapSpec, _ change: MapChange) {
    do {
      switch change {
      case .clear: try StoredMap(map, of: object).clear()
      case .zero: try StoredMap(map, of: object).zero()
      }
    } catch {
      report(map, error)
    }
  }

  /// The map as it is shown at the end of the run: not at all if there is nothing in it.
  func showElements(of map: MapSpec) {
    do {
      let snapshot = try maps.read(map, of: object)
      if !snapshot.entries.isEmpty { emit(snapshot) }
    } catch {
      switch error {
      case .decoding(let error):
        outlet.emit(.message(.warning, "map \(map.name) cannot be read: \(error)"))
      case .system(let error): report(map, error)
      }
    }
  }

  /// Entries that are rendered at once: some 64 KiB of text.
  private static var portionSize: Int { 4096 }

  /// Shows a map; a large one in portions, so that its text is never in memory as a whole.
  private func emit(_ snapshot: MapSnapshot) {
    for portion in snapshot.portions(of: Self.portionSize) { outlet.emit(.map(portion)) }
  }

  func report(_ map: MapSpec, _ error: SystemError) {
    outlet.emit(
      .message(.error, "map \(map.name): \(error.operation) failed (\(error.reason))"))
  }
}
