internal import CLinux
internal import Glibc

/// What stat(2) says of a file.
package struct FileInfo: Hashable, Sendable {
  /// A file's identity on this machine as long as it exists.
  package struct ID: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64

    package init(device: UInt64, inode: UInt64) {
      self.device = device
      self.inode = inode
    }
  }

  package enum Kind: Hashable, Sendable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, pipe, socket, other
  }

  package let device: UInt64
  package let inode: UInt64
  /// Type and permission bits.
  package let mode: UInt32
  package let owner: UInt32
  package let sizeInBytes: Int64
  /// Nanoseconds since 1970.
  package let modified: Int64

  init(_ info: clinux_stat) {
    device = info.device
    inode = info.inode
    mode = info.mode
    owner = info.uid
    sizeInBytes = info.size
    modified = info.modified_ns
  }

  package var id: ID { ID(device: device, inode: inode) }

  package var kind: Kind {
    switch mode & S_IFMT {
    case S_IFREG: .regular
    case S_IFDIR: .directory
    case S_IFLNK: .symbolicLink
    case S_IFCHR: .characterDevice
    case S_IFBLK: .blockDevice
    case S_IFIFO: .pipe
    case S_IFSOCK: .socket
    default: .other
    }
  }

  /// The halves of the device number, as `/proc/PID/maps` spells them.
  package var deviceMajor: UInt32 { clinux_major(device) }
  package var deviceMinor: UInt32 { clinux_minor(device) }
}
