package import TraceModel

/// All that is decided about an object between opening and loading it.
package struct LoadPlan: Hashable, Sendable {
  /// The types of the running kernel, which field accesses are relocated against.
  package enum KernelTypes: Hashable, Sendable {
    /// The loader reads the kernel's own, which costs about 14 ms if the object has relocations.
    case running
    /// BTF with at least the types that the object's relocations name.
    case bytes([UInt8])
    /// The same in a file.
    case file(String)
  }

  /// How a program is loaded.
  package struct Program: Hashable, Sendable {
    package var kind: ProgramKind
    /// The number of `kind.target` in the running kernel's BTF, or that of its module.
    package var targetID: UInt32?

    package init(_ kind: ProgramKind, targetID: UInt32? = nil) {
      self.kind = kind
      self.targetID = targetID
    }
  }

  /// A name for the object, of which the kernel shows the first characters.
  package var name: String
  package var kernelTypes: KernelTypes
  /// The contents of the section of load-time constants; may be shorter than the section.
  package var constants: [UInt8]
  /// The number of entries of maps, by symbol, where it differs from the object's.
  package var maxEntries: [String: Int]
  /// Bytes of the ring buffer, a power of two and at least a page; nil: as in the object.
  package var ringBufferSize: Int?
  /// Pages for the packets of each CPU, a power of two.
  package var packetPages: Int
  /// Pinned maps, by path, that stand in for hashes of the object, by symbol.
  package var pinnedMaps: [String: String]
  /// The folders of cgroups that are the first elements of arrays of the object, by symbol.
  package var cgroups: [String: String]
  /// Maps (by symbol) that are not made, because the constants keep every program from them.
  package var omittedMaps: Set<String>
  /// How programs (by symbol) are loaded; of those that are not named the object itself decides.
  package var programs: [String: Program]
  /// Programs (by symbol) that are not loaded at all.
  package var skippedPrograms: Set<String>
  /// Bytes for the verifier's log.
  package var logSize: Int
  /// Whether the loader's debug messages are kept too.
  package var isVerbose: Bool

  package init(
    name: String, kernelTypes: KernelTypes = .running, constants: [UInt8] = [],
    maxEntries: [String: Int] = [:], ringBufferSize: Int? = nil, packetPages: Int = 64,
    pinnedMaps: [String: String] = [:], cgroups: [String: String] = [:],
    omittedMaps: Set<String> = [], programs: [String: Program] = [:],
    skippedPrograms: Set<String> = [], logSize: Int = 1_000_000, isVerbose: Bool = false
  ) {
    self.name = name
    self.kernelTypes = kernelTypes
    self.constants = constants
    self.maxEntries = maxEntries
    self.ringBufferSize = ringBufferSize
    self.packetPages = packetPages
    self.pinnedMaps = pinnedMaps
    self.cgroups = cgroups
    self.omittedMaps = omittedMaps
    self.programs = programs
    self.skippedPrograms = skippedPrograms
    self.logSize = logSize
    self.isVerbose = isVerbose
  }
}
