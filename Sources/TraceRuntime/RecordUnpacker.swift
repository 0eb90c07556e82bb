internal import LinuxSystem
internal import TraceModel

/// Makes whole records of those that were sent without what is of no use in them (`RecordPacking`).
///
/// So nobody else has to know of packing: a field lies where its event says, and what was not sent is zero.
struct RecordUnpacker {
  private let packing: RecordPacking
  private let fields: [ValueLayout.Field]
  /// As many zeros as a whole record has bytes.
  private let zeros: [UInt8]

  /// Nil if records of the event are sent whole.
  init?(_ event: EventSpec) {
    guard let packing = event.packing else { return nil }
    self.packing = packing
    fields = packing.fields.map { event.fields[$0] }
    zeros = Array(repeating: 0, count: max(event.size, 0))
  }

  /// Writes the whole record of a packed one over what `whole` holds.
  func unpack(_ record: Span<UInt8>, to whole: inout [UInt8]) throws(DecodingError) {
    whole.removeAll(keepingCapacity: true)
    var next = packing.start
    try append(0..<next, of: record, to: &whole)
    for (index, field) in fields.enumerated() {
      let length = try record.integer(
        at: packing.lengths + index * RecordPacking.lengthSize, bytes: RecordPacking.lengthSize)
      guard length <= UInt64(field.layout.size) else {
        throw .badLength(length, capacity: field.layout.size)
      }
      fill(&whole, upTo: field.offset)
      try append(next..<(next + Int(length)), of: record, to: &whole)
      next += Int(length)
    }
    fill(&whole, upTo: zeros.count)
  }

  private func append(
    _ range: Range<Int>, of record: Span<UInt8>, to whole: inout [UInt8]
  ) throws(DecodingError) {
    try record.require(range.count, at: range.lowerBound)
    whole.append(range, of: record)
  }

  private func fill(_ whole: inout [UInt8], upTo end: Int) {
    let missing = min(end, zeros.count) - whole.count
    if missing > 0 { whole.append(0..<missing, of: zeros.span) }
  }
}
