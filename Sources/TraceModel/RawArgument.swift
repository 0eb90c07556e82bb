/// An argument of a raw tracepoint that programs take by its number, for want of a relocation that finds
/// it by its name.
package struct RawArgument: Hashable, Sendable {
  package var event: String
  /// The kernel module that has the tracepoint; nil for the kernel itself.
  package var module: String?
  package var name: String
  /// Counted from 0.
  package var index: Int

  package init(event: String, module: String?, name: String, index: Int) {
    self.event = event
    self.module = module
    self.name = name
    self.index = index
  }
}

extension RawArgument: WireStruct {
  package static let wireName = "argument of a raw tracepoint"

  package static let blank = RawArgument(event: "", module: nil, name: "", index: 0)

  package static let wireFields: [WireField<RawArgument>] = [
    WireField(1, "event", \.event, .required),
    WireField(2, "module", \.module),
    WireField(3, "name", \.name, .required),
    WireField(4, "index", \.index, .required),
  ]
}
