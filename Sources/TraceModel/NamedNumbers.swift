/// A set of numbers that have names, which somebody who shows or reads one looks up.
package enum NamedNumbers: UInt8, CaseIterable, Hashable, Sendable {
  /// Error numbers, whatever their sign: `ENOENT`.
  case errors = 0
  /// `SIGTERM`
  case signals = 1
  /// `CAP_SYS_ADMIN`
  case capabilities = 2
  /// `AF_INET`
  case addressFamilies = 3
  /// Protocols above IP: `TCP`.
  case protocols = 4
  /// `ESTABLISHED`
  case tcpStates = 5
  /// `net_rx`
  case softirqs = 6
  /// Bits of open(2): `O_WRONLY|O_CREAT`.
  case openFlags = 7
  /// Device numbers of disks and partitions as the kernel keeps them: `sda1`.
  case disks = 8
  /// Why dirty pages are written back: `periodic`.
  case writebackReasons = 9
  /// The operation and flags of a block request: `Sync-Write`.
  case requestFlags = 10
  /// `SOCK_STREAM`, with what else socket(2) takes along with it.
  case socketTypes = 11
  /// Type and permissions of a file, as ls(1) shows them: `-rw-r--r--`.
  case fileModes = 12
  /// Flags of a packet of TCP: `SYN|ACK`.
  case tcpFlags = 13
}

extension NamedNumbers: WireNumbered {
  package static let wireName = "set of named numbers"
}
