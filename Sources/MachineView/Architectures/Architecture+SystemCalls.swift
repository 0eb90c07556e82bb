extension Architecture {
  /// The names of the 64-bit system calls, by number.
  ///
  /// The table is made anew for each call of this; keep it.
  package var systemCallNames: [Int: String] {
    let text = name == Self.amd64.name ? SystemCallNames.amd64 : SystemCallNames.generic
    var names: [Int: String] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first.flatMap({ Int($0) }) else { continue }
      for (index, word) in words.dropFirst().enumerated() { names[first + index] = String(word) }
    }
    return names
  }
}
