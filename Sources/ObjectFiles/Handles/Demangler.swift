internal import CBFD
internal import Glibc

/// Readable names for what compilers wrote.
package enum Demangler {
  /// The name as the programmer wrote it, for example `std::vector<int>::size() const`.
  ///
  /// - Parameters:
  ///   - name: A C++, Rust or D symbol; what follows an `@` (its version) is kept.
  ///   - withParameters: With the types of the parameters.
  /// - Returns: nil when `name` is not mangled.
  package static func demangle(_ name: String, withParameters: Bool = true) -> String? {
    guard name.hasPrefix("_Z") || name.hasPrefix("_R") || name.hasPrefix("_D") else { return nil }
    let end = name.utf8.firstIndex(of: UInt8(ascii: "@")) ?? name.endIndex
    guard
      let text = unsafe cbfd_demangle(String(name[..<end]), withParameters ? 1 : 0)
    else { return nil }
    defer { unsafe free(text) }
    return unsafe String(cString: text) + name[end...]
  }
}
