import SystemText
import Testing

@Suite struct NameTests {
  @Test func lettersDigitsAndUnderscoresOfASCIIArePartOfNames() {
    let parts = (UInt8.min...UInt8.max).filter(\.isIdentifierPart)
    #expect(
      String(decoding: parts, as: UTF8.self)
        == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
  }
}
