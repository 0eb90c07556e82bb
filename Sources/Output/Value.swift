package import TraceModel

/// A value of a script as it is shown: everything that had to be looked up has been.
package enum Value: Hashable, Sendable {
  /// Nothing: the key of a map without explicit keys.
  case none
  case integer(Int64)
  case unsigned(UInt64)
  case boolean(Bool)
  /// A value of a C enumeration; without a name when the enumeration has none for it.
  case enumeration(name: String?, number: Int64, signed: Bool)
  /// Text in whatever encoding it came; `truncated` tells that the script's limit cut it off, in
  /// which case the bytes end in the configured trailer.
  case string([UInt8], truncated: Bool)
  case buffer([UInt8])
  case pointer(UInt64)
  case array([Value])
  case tuple([Value])
  case record([Member])
  /// What `stats()` keeps.
  indirect case stats(Stats)
  /// What `hist()` and `lhist()` keep.
  indirect case histogram(Histogram)
  /// What `tseries()` keeps.
  indirect case series(Series)
  /// An address in the kernel or a process, with the name of what lies there.
  case symbol(name: String?, address: UInt64)
  indirect case stack(Stack)
  /// What is only text once it is resolved: addresses of networks and devices, times, users, cgroups.
  case text(String)
  /// Texts that belong together.
  indirect case words(WordList)

  /// An element with a name.
  package struct Member: Hashable, Sendable {
    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// An integer from its bit pattern.
  package init(bitPattern: Int64, signed: Bool) {
    self = signed ? .integer(bitPattern) : .unsigned(UInt64(bitPattern: bitPattern))
  }

  /// The value as what an aggregation made, if it is more than one number.
  var result: (any AggregationResult)? {
    switch self {
    case .stats(let stats): stats
    case .histogram(let histogram): histogram
    case .series(let series): series
    default: nil
    }
  }
}

/// The frames of a stack, innermost first, and how they are to be written.
package struct Stack: Hashable, Sendable {
  package var mode: StackMode
  /// Where its addresses lie.
  package var space: Space
  package var frames: [Frame]

  package init(mode: StackMode, space: Space = .kernel, frames: [Frame]) {
    self.mode = mode
    self.space = space
    self.frames = frames
  }

  /// An address space.
  package enum Space: Hashable, Sendable {
    case kernel
    /// That of the process with this id.
    case process(UInt64)
  }

  /// One return address and what is known of it.
  package struct Frame: Hashable, Sendable {
    package var address: UInt64
    /// The function, or nil if nothing is known.
    package var symbol: String?
    /// Bytes from the start of the function.
    package var offset: UInt64
    /// The file that a user-space address lies in.
    package var object: String?
    /// Where in the sources, as `file:line`.
    package var source: String?
    /// Functions that the compiler merged into this one here, innermost first.
    package var inlined: [Inlined]
    /// Build id and file offset, for the mode that shows these.
    package var location: FileLocation?

    package init(
      address: UInt64, symbol: String? = nil, offset: UInt64 = 0, object: String? = nil,
      source: String? = nil, inlined: [Inlined] = [], location: FileLocation? = nil
    ) {
      self.address = address
      self.symbol = symbol
      self.offset = offset
      self.object = object
      self.source = source
      self.inlined = inlined
      self.location = location
    }
  }

  /// A function without a frame of its own.
  package struct Inlined: Hashable, Sendable {
    package var symbol: String
    /// As `file:line`.
    package var source: String?

    package init(symbol: String, source: String? = nil) {
      self.symbol = symbol
      self.source = source
    }
  }

  /// A place in a file that does not depend on where a process has mapped it.
  package struct FileLocation: Hashable, Sendable {
    package var buildID: [UInt8]
    package var offset: UInt64

    package init(buildID: [UInt8], offset: UInt64) {
      self.buildID = buildID
      self.offset = offset
    }
  }
}
