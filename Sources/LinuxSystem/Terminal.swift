internal import CLinux
internal import Glibc

/// The terminal behind a descriptor.
package enum Terminal {
  package static func isTerminal(_ descriptor: borrowing FileDescriptor) -> Bool {
    isatty(descriptor.rawValue) == 1
  }

  /// Width and height in characters; nil if it is no terminal or does not know.
  package static func size(
    of descriptor: borrowing FileDescriptor
  ) -> (columns: Int, rows: Int)? {
    var columns: CInt = 0
    var rows: CInt = 0
    guard unsafe clinux_terminal_size(descriptor.rawValue, &columns, &rows) == 0, columns > 0
    else { return nil }
    return (Int(columns), Int(rows))
  }
}
