import Output
import Testing
import TraceModel
import WireTestKit

@Suite struct RecordingTests {
  private static let schema = {
    [
      WireSchema(of: Record.self), WireSchema(of: SessionHeader.self),
      WireSchema(of: EventInfo.self),
    ]
  }()

  /// Some that were the same each time, and one that no run had before.
  static let seeds: [UInt64] = [1, 2, 3, .random(in: .min ... .max)]

  @Test(arguments: seeds)
  func readsEveryCaseAndFieldAsItWasWritten(seed: UInt64) {
    for schema in Self.schema { #expect(schema.mistakesOfRoundTrips(seed: seed) == []) }
  }

  @Test func numbersAndTagsAreUnique() {
    for schema in Self.schema { #expect(schema.mistakesOfNumbers == []) }
  }

  @Test func everyCaseOfEveryEnumHasItsEntry() throws {
    let files = try SourceText.files(of: ["Output", "TraceModel"])
    for schema in Self.schema { #expect(schema.mistakesOfDeclarations(in: files) == []) }
  }

  // MARK: Runs

  /// A run of made-up records.
  private struct Run {
    let header: SessionHeader
    let entries: [Recording.Entry]

    init(seed: UInt64, count: Int = 20) {
      var sampler = WireSampler(seed: seed)
      header = sampler.value()
      entries = (0..<count).map { _ in
        Recording.Entry(
          record: sampler.value(), event: sampler.bool() ? sampler.value() : nil)
      }
    }

    /// What a renderer makes of the run.
    func page(_ spec: RendererSpec) -> Page {
      var renderer = spec.make(RendererOptions())
      var page = Page()
      renderer.begin(header, into: &page)
      for entry in entries { renderer.render(entry.record, of: entry.event, into: &page) }
      renderer.finish(into: &page)
      return page
    }
  }

  /// What can be read of a recording, and why there is no more of it.
  private func read(_ bytes: [UInt8]) throws -> ([Recording.Entry], Recording.Flaw?) {
    var recording = try Recording(bytes)
    var entries: [Recording.Entry] = []
    do throws(Recording.Flaw) {
      while let entry = try recording.next() { entries.append(entry) }
    } catch { return (entries, error) }
    return (entries, nil)
  }

  @Test(arguments: seeds)
  func givesBackWhatWasRecorded(seed: UInt64) throws {
    let run = Run(seed: seed)
    let bytes = run.page(.record).output
    #expect(Recording.looksLikeRecording(bytes))
    #expect(try Recording(bytes).header == run.header, "seed \(seed)")
    let (entries, flaw) = try read(bytes)
    #expect(entries == run.entries, "seed \(seed)")
    #expect(flaw == nil)
  }

  @Test(arguments: seeds)
  func showsMessagesWhileItRecords(seed: UInt64) {
    let run = Run(seed: seed)
    #expect(run.page(.record).messages == run.page(.text).messages, "seed \(seed)")
  }

  @Test func readsARecordingThatIsCutOffAsFarAsItGoes() throws {
    let run = Run(seed: 7, count: 8)
    let bytes = run.page(.record).output
    var most = 0
    for length in 0..<bytes.count {
      guard let (entries, flaw) = try? read(Array(bytes.prefix(length))) else {
        #expect(most == 0, "the header is there, but refused at \(length) bytes")
        continue
      }
      #expect(entries == Array(run.entries.prefix(entries.count)))
      #expect(entries.count >= most)
      #expect(flaw == .cutOff || flaw == .unfinished, "\(length) bytes")
      most = entries.count
    }
    #expect(most == run.entries.count)
  }

  @Test(arguments: seeds)
  func readsADamagedRecordingUpToTheDamage(seed: UInt64) throws {
    let run = Run(seed: 7, count: 8)
    let bytes = run.page(.record).output
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      var damaged = bytes
      let place = Int.random(in: 0..<bytes.count, using: &random)
      damaged[place] ^= UInt8.random(in: 1...255, using: &random)
      guard let (entries, flaw) = try? read(damaged) else { continue }
      #expect(entries == Array(run.entries.prefix(entries.count)), "seed \(seed), byte \(place)")
      #expect(flaw != nil, "seed \(seed), byte \(place)")
    }
  }

  @Test func leavesOutRecordsOfANewerRelease() throws {
    let run = Run(seed: 3, count: 0)
    var bytes = run.page(.record).output
    // In place of the end of the run: a record of a case that nobody knows yet, and the end again.
    let end = Array(bytes.suffix(7))
    bytes.removeLast(7)
    var frame = WireWriter()
    frame.message(WireKey(2)) { $0.number(WireKey(0), 99) }
    var hash: UInt32 = 0x811c_9dc5
    for byte in frame.bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    bytes += [UInt8(frame.bytes.count)] + frame.bytes
    bytes += (0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * UInt32($0))) } + end
    var recording = try Recording(bytes)
    #expect(try recording.next() == nil)
    #expect(recording.unknown == ["record 99"])
  }
}

/// The same numbers for the same seed: SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
