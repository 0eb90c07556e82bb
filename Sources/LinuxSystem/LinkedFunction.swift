internal import CLinux
internal import Glibc

/// A function of a library that this process has loaded, as calls find it.
package struct LinkedFunction: Hashable, Sendable {
  /// The library's file, as the linker found it.
  package let path: String
  /// Where the function is before the library is loaded anywhere.
  package let address: UInt64

  /// Whether it is in the library that the kernel maps into each process (vdso), which has no file.
  package var isOfKernel: Bool { path.hasPrefix("linux-vdso") || path.hasPrefix("linux-gate") }

  /// What a call of `name` runs; nil if no library has such a function.
  ///
  /// Where the symbol only chooses a function (IFUNC), it is asked again, and answers what it does when
  /// a program is linked on this machine.
  package static func named(_ name: String) -> LinkedFunction? {
    unsafe name.withSystemCString { name in
      var path: UnsafePointer<CChar>?
      var address: UInt64 = 0
      guard unsafe clinux_linked_function(name, &path, &address) == 0, let path = unsafe path
      else { return nil }
      return unsafe LinkedFunction(path: String(systemCString: path), address: address)
    }
  }
}
