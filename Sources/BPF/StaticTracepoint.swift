package import TraceModel

/// One place of a static tracepoint of a binary.
package struct StaticTracepoint: Hashable, Sendable {
  package var provider: String
  package var name: String
  /// In the file, where the breakpoint goes.
  package var offset: UInt64
  /// Where the file has the number of those who look at the tracepoint, which programs ask before they go to
  /// some trouble for it; nil for one that is always on.
  package var counter: UInt64?
  package var arguments: [Argument]

  /// An argument as the binary describes it.
  package struct Argument: Hashable, Sendable {
    /// As the binary writes it: `-4@%edi`.
    package var text: String
    /// Nil where programs cannot get at it, as in a floating-point register.
    package var place: SiteArgument?

    package init(text: String, place: SiteArgument?) {
      self.text = text
      self.place = place
    }
  }

  package init(
    provider: String, name: String, offset: UInt64, counter: UInt64? = nil,
    arguments: [Argument] = []
  ) {
    self.provider = provider
    self.name = name
    self.offset = offset
    self.counter = counter
    self.arguments = arguments
  }
}
