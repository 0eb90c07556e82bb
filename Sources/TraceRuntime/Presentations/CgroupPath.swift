internal import MachineView
package import Output

extension Presenter {
  /// The paths of a cgroup id in every hierarchy that the filter matches: `unified:/system.slice`.
  ///
  /// Empty when no such group is left.
  package func cgroupPath(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let id = try bytes.integer(at: offset, bytes: 8)
    let filter = try bytes.integer(at: offset + 8, bytes: 8)
    let query = CgroupQuery(id: id, filter: filter)
    if let known = cgroupPaths[query] { return .text(known) }
    let pattern = NamePattern(try string(filter))
    let groups: [Cgroup]
    do { groups = try kernel.cgroups(withID: id) } catch { groups = [] }
    let text = groups.filter { pattern.matchesAll || pattern.matches($0.hierarchy) }
      .sorted { $0.precedes($1) }
      .map { "\($0.hierarchy):\($0.path)" }
      .joined(separator: ",")
    // Ids are not used twice while the machine runs, so what was found stays right.
    if !text.isEmpty { cgroupPaths[query] = text }
    return .text(text)
  }
}

extension Cgroup {
  /// The hierarchy of version 2 stands first, the others follow by name.
  fileprivate func precedes(_ other: Cgroup) -> Bool {
    let (own, others) = (isUnified, other.isUnified)
    return own == others ? hierarchy < other.hierarchy : own
  }

  private var isUnified: Bool { hierarchy == "unified" }
}
