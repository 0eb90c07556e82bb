extension DirectoryMachine {
  package var disks: [Disk] {
    get throws(MachineError) {
      (try text("/proc/diskstats") ?? "").split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count >= 3, let major = UInt64(words[0]), let minor = UInt64(words[1]) else {
          return nil
        }
        return Disk(name: String(words[2]), number: major << 20 | minor)
      }
    }
  }
}
