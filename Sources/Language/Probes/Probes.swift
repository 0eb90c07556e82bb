extension ProbeType {
  /// Every probe type, in the order of the manual.
  package static let all: [ProbeType] = []
}
