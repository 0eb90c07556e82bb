import Testing
import TraceModel
import WireTestKit

@Suite struct WireTests {
  private static let schema = WireSchema(of: Manifest.self)

  /// Some that were the same each time, and one that no run had before.
  static let seeds: [UInt64] = [1, 2, 3, 4, .random(in: .min ... .max)]

  @Test(arguments: seeds)
  func readsEveryCaseAndFieldAsItWasWritten(seed: UInt64) {
    #expect(Self.schema.mistakesOfRoundTrips(seed: seed) == [])
    #expect(Self.schema.enums.count > 8)
    #expect(Self.schema.numbered.count > 4)
    #expect(Self.schema.structures.count > 8)
  }

  @Test func numbersAndTagsAreUnique() { #expect(Self.schema.mistakesOfNumbers == []) }

  @Test func everyCaseOfEveryEnumHasItsEntry() throws {
    let files = try SourceText.files(of: ["TraceModel"])
    #expect(Self.schema.mistakesOfDeclarations(in: files) == [])
  }

  // MARK: What files of other releases have

  /// A structure as this release knows it, and as a newer one may write it.
  private struct Now: WireStruct {
    var size = 7
    var isOn = true
    var extra = 0

    static let wireName = "sample"
    static let blank = Now()
    static let wireFields: [WireField<Now>] = [
      WireField(1, "size", \.size), WireField(2, "isOn", \.isOn),
      WireField(3, "extra", \.extra, .critical),
    ]
  }

  private func read(_ write: (inout WireWriter) -> Void) throws(ManifestError) -> Now {
    var out = WireWriter()
    write(&out)
    return try Now(WireMessage(out.bytes[...]))
  }

  @Test func whatIsAbsentHasItsDefaultAndZeroIsZero() throws {
    #expect(try read { _ in } == Now())
    let zero = Now(size: 0, isOn: false, extra: 0)
    #expect(try read { zero.writeFields(to: &$0) } == zero)
  }

  @Test func skipsWhatItDoesNotKnowUnlessThatIsCritical() throws {
    let skipped = try read {
      $0.number(WireKey(40), 1)
      $0.bytes(WireKey(41), [1, 2])
    }
    #expect(skipped == Now())
    #expect(throws: ManifestError.needsNewer("field 40 of sample")) {
      try read { $0.number(WireKey(40, isCritical: true), 1) }
    }
  }

  @Test func writesACriticalFieldOnlyIfItSaysSomething() throws {
    func size(_ value: Now) -> Int {
      var out = WireWriter()
      value.writeFields(to: &out)
      return out.bytes.count
    }
    #expect(size(Now(extra: 1)) == size(Now()) + 2)
    #expect(try read { Now(extra: 1).writeFields(to: &$0) } == Now(extra: 1))
  }

  @Test func callsAnUnknownCaseTheWorkOfANewerRelease() {
    var out = WireWriter()
    out.message(WireKey(1)) { $0.number(WireKey(0), 77) }
    out.number(WireKey(2), 200)
    let bytes = out.bytes
    #expect(throws: ManifestError.needsNewer("attach point 77")) {
      try AttachPoint.read(1, of: WireMessage(bytes[...]))
    }
    #expect(throws: ManifestError.needsNewer("kind of map 200")) {
      try MapKind.read(2, of: WireMessage(bytes[...]))
    }
  }

  @Test func refusesAFileOfALaterStepAndSaysWhatItNeeds() {
    var body = WireWriter()
    body.number(WireKey(1), UInt64(FormatStep.latest.rawValue + 1))
    body.bytes(WireKey(2), "flying probes".utf8)
    body.bytes(WireKey(3), "bpftrace 9".utf8)
    let header = WireHeader(magic: "TEST", edition: 2)
    #expect(throws: ManifestError.needsNewer("flying probes", by: "bpftrace 9")) {
      try header.message(in: (Array("TEST\u{2}".utf8) + body.bytes)[...])
    }
  }
}
