extension Manifest: WireStruct {
  package static let wireName = "manifest"

  package static let blank = Manifest(script: "", producer: "", architecture: "")

  /// Numbers 1 and 2 are taken by what every edition's reader looks at first.
  package static let wireFields: [WireField<Manifest>] = [
    WireField(3, "producer", \.producer),
    WireField(4, "script", \.script),
    WireField(5, "architecture", \.architecture, .required),
    WireField(6, "probes", \.probes),
    WireField(7, "maps", \.maps),
    WireField(8, "events", \.events),
    WireField(9, "constants", \.constants),
    WireField(10, "options", \.options),
    WireField(11, "strings", \.strings),
    WireField(12, "positions", \.positions),
    WireField(13, "fields", \.fields),
    WireField(14, "requires", \.requires),
    WireField(15, "bound", \.bound),
    WireField(16, "configuration", \.configuration, .required),
    WireField(17, "manual", \.manual),
    WireField(18, "sourceDigest", \.sourceDigest),
    WireField(19, "programs", \.programs),
    WireField(20, "rawArguments", \.rawArguments),
    WireField(21, "imports", \.imports),
    WireField(22, "subject", \.subject),
    WireField(23, "aliases", \.aliases),
    WireField(24, "row", \.row),
    WireField(25, "tables", \.tables),
    WireField(26, "needs", \.needs),
  ]
}

extension Manifest {
  /// What the bytes begin with.
  private static let header = WireHeader(magic: "BTMF", edition: 2)

  /// The edition written and read here.
  package static var edition: Int { header.edition }

  /// The manifest as bytes; see `WireHeader`.
  package var encoded: [UInt8] { Self.header.file { writeFields(to: &$0) } }

  /// Reads what `encoded` wrote, in any release that this one understands.
  package init(decoding bytes: [UInt8]) throws(ManifestError) {
    let message = try Self.header.message(in: bytes[...])
    do throws(ManifestError) { self = try Manifest(message) } catch {
      guard case .needsNewer(let what, nil) = error else { throw error }
      let producer = try String.read(3, of: message)
      throw .needsNewer(what, by: producer)
    }
    try checkReferences()
  }

  /// The manifest as text for people, without a newline at the end.
  package var text: String { shown.lines().joined(separator: "\n") }

  /// Makes sure that every index points at something, so that nobody else has to.
  private func checkReferences() throws(ManifestError) {
    for probe in probes {
      for alternative in probe.alternatives {
        guard programs.indices.contains(alternative.program) else {
          throw .malformed("a probe's program")
        }
        for case .constant(let index, _) in alternative.conditions
        where !constants.indices.contains(index) {
          throw .malformed("a probe's condition")
        }
      }
    }
    for event in events {
      if let position = event.position, !positions.indices.contains(position) {
        throw .malformed("an event's position")
      }
      if let packing = event.packing {
        guard packing.lengths >= EventSpec.headerSize, packing.start <= event.size,
          packing.fields.allSatisfy(event.fields.indices.contains)
        else { throw .malformed("an event's packing") }
      }
      switch event.kind {
      case .printMap(let map, _, _), .clearMap(let map), .zeroMap(let map),
        .changeElement(let map, _):
        guard maps.indices.contains(map) else { throw .malformed("an event's map") }
      default: break
      }
    }
    for column in (row?.columns ?? []) + tables.flatMap(\.columns) {
      if case .map(let map, _) = column.source, !maps.indices.contains(map) {
        throw .malformed("a column's map")
      }
    }
    for event in events where event.kind == .row {
      guard let row else { throw .malformed("a row without columns") }
      for case .field(let index) in row.columns.map(\.source)
      where !event.fields.indices.contains(index) {
        throw .malformed("a column's field")
      }
    }
  }
}
