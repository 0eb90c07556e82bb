/// A fingerprint of a script's text, by which an artifact knows its script again.
///
/// It tells different texts apart, and is no protection against somebody who looks for two texts with
/// the same fingerprint.
package struct SourceDigest: Hashable, Sendable, CustomStringConvertible {
  /// 32 hexadecimal digits.
  package let description: String

  /// The fingerprint of `bytes`: FNV-1a of 128 bits.
  package init(of bytes: some Sequence<UInt8>) {
    // Prime and offset are those of RFC 9923: 2^88 + 0x13b, and 0x6c62272e07bb0142_62b821756295c58d.
    let prime = UInt128(1) << 88 | 0x13b
    var hash = UInt128(0x6c62_272e_07bb_0142) << 64 | 0x62b8_2175_6295_c58d
    for byte in bytes { hash = (hash ^ UInt128(byte)) &* prime }
    let digits = String(hash, radix: 16)
    description = String(repeating: "0", count: 32 - digits.count) + digits
  }
}
