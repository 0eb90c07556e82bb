internal import TraceModel

extension Manifest {
  /// Whether maps or events have addresses of processes in them.
  var showsUserAddresses: Bool {
    maps.contains { map in
      if map.key.hasUserAddresses { return true }
      if case .value(let layout) = map.value { return layout.hasUserAddresses }
      return false
    } || events.contains { $0.fields.contains { $0.layout.hasUserAddresses } }
  }
}

extension ValueLayout {
  fileprivate var hasUserAddresses: Bool {
    switch self {
    case .presented(.userSymbol), .presented(.userStack), .presented(.unwoundStack): true
    case .array(let element, _): element.hasUserAddresses
    case .tuple(let fields, _), .record(let fields, _):
      fields.contains { $0.layout.hasUserAddresses }
    case .none, .integer, .boolean, .enumeration, .string, .characters, .buffer, .pointer,
      .presented:
      false
    }
  }
}
