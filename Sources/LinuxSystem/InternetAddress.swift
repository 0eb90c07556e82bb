internal import Glibc

/// Addresses of the internet as people write them.
package enum InternetAddress {
  /// The 4 bytes of an address of IPv4, or the 16 of one of IPv6, in network order; nil if the text is
  /// neither.
  package static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      let answer = unsafe text.withSystemCString { text in
        unsafe bytes.withUnsafeMutableBytes { unsafe inet_pton(family, text, $0.baseAddress) }
      }
      if answer == 1 { return bytes }
    }
    return nil
  }
}
