package import ObjectFiles

/// An address and what is known about it.
package struct Frame: Hashable, Sendable {
  /// As it was captured.
  package let address: UInt64
  /// The function or object that contains the address; nil when none is known.
  package var name: String?
  /// How far behind the start of `name` the address is.
  package var offset: UInt64
  /// The module of the kernel, or the path of the binary as its process sees it; nil for the kernel
  /// proper and where nothing is mapped.
  package var object: String?
  /// The identity of the user binary.
  package var buildID: BuildID?
  /// Where the address is in the user binary's file.
  package var fileOffset: UInt64?
  /// What the sources say, if that was wanted and is known: the functions that were inlined at the
  /// address, innermost first, then the one that it belongs to.
  package var sources: [SourceFrame] = []

  package init(
    address: UInt64, name: String? = nil, offset: UInt64 = 0, object: String? = nil,
    buildID: BuildID? = nil, fileOffset: UInt64? = nil
  ) {
    self.address = address
    self.name = name
    self.offset = offset
    self.object = object
    self.buildID = buildID
    self.fileOffset = fileOffset
  }
}
