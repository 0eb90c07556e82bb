/// A static tracepoint of a program, as SystemTap's sys/sdt.h leaves it in `.note.stapsdt`.
package struct USDTProbe: Hashable, Sendable {
  package let provider: String
  package let name: String
  /// The virtual address of the probe's no-op, before relocation.
  package let address: UInt64
  /// The same place in the file, where a uprobe goes; nil when the file does not contain it.
  package let fileOffset: UInt64?
  /// The virtual address of the counter that switches the probe on; nil if it is always on.
  package let semaphoreAddress: UInt64?
  /// The counter's place in the file, as a uprobe's reference counter.
  package let semaphoreFileOffset: UInt64?
  /// Where the arguments are, for example `-4@%edi 8@-16(%rbp)`; see `USDTArgument`.
  package let arguments: String
}

extension ELFFile {
  /// The static tracepoints, in the order of the file; a name may occur at several places.
  package func usdtProbes() throws(ObjectFileError) -> [USDTProbe] {
    guard let section = section(named: ".note.stapsdt") else { return [] }
    // Prelink moves code but not notes: the distance shows in the section made for this.
    let actualBase = self.section(named: ".stapsdt.base")?.address
    var probes: [USDTProbe] = []
    for note in Note.all(in: try contents(of: section), layout)
    where note.owner == "stapsdt" && note.type == 3 {
      guard let probe = probe(note.content, actualBase) else {
        throw malformed("a USDT note is cut off")
      }
      probes.append(probe)
    }
    return probes
  }

  private func probe(_ note: [UInt8], _ actualBase: UInt64?) -> USDTProbe? {
    let word = is64Bit ? 8 : 4
    guard let address = layout.word(note, at: 0), let base = layout.word(note, at: word),
      let semaphore = layout.word(note, at: 2 * word), let provider = note.text(at: 3 * word)
    else { return nil }
    let nameStart = 3 * word + provider.utf8.count + 1
    guard let name = note.text(at: nameStart) else { return nil }
    let arguments = note.text(at: nameStart + name.utf8.count + 1) ?? ""
    let shift = actualBase.map { $0 &- base } ?? 0
    let moved = address &+ shift
    let counter = semaphore == 0 ? nil : semaphore &+ shift
    return USDTProbe(
      provider: provider, name: name, address: moved, fileOffset: fileOffset(ofAddress: moved),
      semaphoreAddress: counter, semaphoreFileOffset: counter.flatMap(fileOffset(ofAddress:)),
      arguments: arguments)
  }
}
