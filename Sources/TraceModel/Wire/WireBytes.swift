/// Bytes of any content as one element.
package struct WireBytes: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension WireBytes: WireElement {
  package static let wireName = "bytes"

  package func write(_ key: WireKey, to out: inout WireWriter) { out.bytes(key, bytes) }

  package init(wire payload: WirePayload) throws(ManifestError) {
    bytes = Array(try payload.bytes())
  }

  package var shown: ShownValue {
    .text(ShownValue.quoted(String(decoding: bytes, as: UTF8.self)))
  }
}
