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

  /// The numbers of the 64-bit system calls by the names that their tracepoints have behind `sys_enter_`.
  ///
  /// The table is made anew for each call of this; keep it.
  package var systemCallNumbers: [String: Int] {
    var numbers: [String: Int] = [:]
    for (number, name) in systemCallNames { numbers[name] = number }
    // Tracepoints are named after the functions in the kernel.
    for (function, name) in Self.functionNames {
      if let number = numbers[name] { numbers[function] = number }
    }
    return numbers
  }

  /// The names of system calls whose functions in the kernel are called otherwise.
  private static let functionNames = [
    "newstat": "stat", "newlstat": "lstat", "newfstat": "fstat", "newuname": "uname",
    "sendfile64": "sendfile", "umount": "umount2",
  ]
}
