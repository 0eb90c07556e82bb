extension DirectoryMachine {
  package var memory: [String: UInt64] {
    get throws(MachineError) {
      var memory: [String: UInt64] = [:]
      for line in (try text("/proc/meminfo") ?? "").split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count > 1, words[0].hasSuffix(":"), let number = UInt64(words[1]) else {
          continue
        }
        memory[String(words[0].dropLast())] = words.count > 2 ? number << 10 : number
      }
      return memory
    }
  }

  package var loadAverages: [String] {
    get throws(MachineError) {
      (try text("/proc/loadavg") ?? "").split(separator: " ").prefix(3).map(String.init)
    }
  }
}
