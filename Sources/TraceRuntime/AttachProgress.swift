/// How far a run has come with attaching its probes.
package struct AttachProgress: Hashable, Sendable {
  /// Places that programs are attached to, or that were tried.
  package var attached = 0
  package let total: Int

  package init(total: Int) { self.total = total }
}
