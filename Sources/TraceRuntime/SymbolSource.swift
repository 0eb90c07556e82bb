package import Output

/// What knows the names of addresses.
package protocol SymbolSource: AnyObject {
  /// What is known of an address in the kernel.
  func kernelFrame(at address: UInt64) -> Stack.Frame

  /// What is known of an address in process `process`, which may have ended.
  func userFrame(at address: UInt64, in process: Int32) -> Stack.Frame

  /// Build id and file offset of an address in process `process`; nil if it lies in no file.
  func fileLocation(of address: UInt64, in process: Int32) -> Stack.FileLocation?
}
