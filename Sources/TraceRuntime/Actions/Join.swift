internal import Output
internal import SystemText

extension EventHandler {
  /// `join`: strings with a separator between them, up to the first empty one.
  func showJoined(_ values: [Value], _ separator: String) {
    text.removeAll(keepingCapacity: true)
    for (index, value) in values.enumerated() {
      let part = value.text
      if part.isEmpty { break }
      if index > 0 { text.append(contentsOf: separator.systemBytes) }
      text.append(contentsOf: part)
    }
    outlet.emit(.text(.join, text))
  }
}
