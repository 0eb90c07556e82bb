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
    do { if try show(map, selection) { return } } catch {
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
      let stored = StoredMap(map, of: object, maps.kept)
      switch change {
      case .clear: try stored.clear()
      case .zero: try stored.zero()
      }
    } catch {
      report(map, error)
    }
  }

  /// A change of an element of a map that the tracer keeps.
  func change(
    _ map: MapSpec, _ change: ElementChange, _ bytes: Span<UInt8>, _ plan: EventPlan
  ) throws(DecodingError) {
    let event = plan.event
    guard let key = event.fields.first, key.layout.unwound.size == map.keySize else {
      throw .badLength(UInt64(event.fields.first?.layout.size ?? 0), capacity: map.keySize)
    }
    let unwound = try decoder.presenter.unwound(key.layout, bytes, at: key.offset)
    let operand = try event.fields.dropFirst().first.map { field throws(DecodingError) in
      try bytes.words(at: field.offset, bytes: field.layout.size)
    }
    let size = change == .add ? 8 : change == .remove ? 0 : map.value.size
    guard operand?.count ?? 0 == (size + 7) / 8, map.value.size > 0 else {
      throw .badLength(UInt64(8 * (operand?.count ?? 0)), capacity: size)
    }
    if maps.kept.change(map, { $0.change(unwound, change, operand ?? []) }) { return }
    show(.helper(.mapUpdate), [.integer(RuntimeFailure.HelperFailure.mapIsFull)], plan)
  }

  /// The map as it is shown at the end of the run: not at all if there is nothing in it.
  func showElements(of map: MapSpec) {
    do { _ = try show(map, MapReader.Selection()) } catch {
      switch error {
      case .decoding(let error):
        outlet.emit(.message(.warning, "map \(map.name) cannot be read: \(error)"))
      case .system(let error): report(map, error)
      }
    }
  }

  /// Shows a map; a large one in portions, so that its text is never in memory as a whole.
  ///
  /// - Returns: Whether there is anything in it.
  private func show(
    _ map: MapSpec, _ selection: MapReader.Selection
  ) throws(MapReader.ReadError) -> Bool {
    var hasEntries = false
    try maps.forEachPortion(of: map, object, selection) { portion in
      guard !portion.entries.isEmpty else { return }
      hasEntries = true
      outlet.emit(.map(portion))
    }
    return hasEntries
  }

  func report(_ map: MapSpec, _ error: SystemError) {
    outlet.emit(
      .message(.error, "map \(map.name): \(error.operation) failed (\(error.reason))"))
  }
}

extension Span<UInt8> {
  /// The 64-bit words that so many bytes are, the last of them filled up with zeros.
  fileprivate func words(at offset: Int, bytes count: Int) throws(DecodingError) -> [UInt64] {
    var words: [UInt64] = []
    for start in stride(from: 0, to: count, by: 8) {
      var word: UInt64 = 0
      for byte in 0..<Swift.min(8, count - start) {
        word |= try integer(at: offset + start + byte, bytes: 1) << (8 * UInt64(byte))
      }
      words.append(word)
    }
    return words
  }
}
