import CommandLineKit
import Testing

@Suite struct ArgumentValuesTests {
  @Test(arguments: [
    ("0", 0), ("1500", 1500), ("1_500", 1500), ("0755", 0o755), ("0x1f", 31), ("0XFF_00", 0xff00),
    ("0b101", 5), ("5e3", 5000), ("7u", 7), ("7ULL", 7), ("3us", 3000), ("2m", 120_000_000_000),
    ("-5", -5), ("-0x10", -16),
  ])
  func readsEveryFormOfInteger(_ text: String, _ value: Int64) throws {
    #expect(try IntegerArgument(text).signed == value)
  }

  @Test func keepsAllSixtyFourBits() throws {
    let greatest = try IntegerArgument("18446744073709551615")
    #expect(greatest.unsigned == .max)
    #expect(greatest.signed == nil)
    let least = try IntegerArgument("-9223372036854775808")
    #expect(least.signed == .min)
    #expect(least.unsigned == nil)
    #expect(least.bits == 1 << 63)
  }

  @Test(arguments: [
    ("", ArgumentValueError.invalidInteger("")), ("abc", .invalidInteger("abc")),
    ("-", .invalidInteger("-")), ("0x", .invalidInteger("0x")), ("1_", .invalidInteger("1_")),
    ("12e3", .invalidSuffix("e3", in: "12e3")), ("5abc", .invalidSuffix("abc", in: "5abc")),
    ("5.5", .trailingBytes("5.5")), ("18446744073709551616", .overflow("18446744073709551616")),
    ("9e19", .overflow("9e19")), ("300000d", .overflow("300000d")),
    ("4294967296u", .invalidSuffix("u", in: "4294967296u")),
  ])
  func refusesWhatIsNoInteger(_ text: String, _ error: ArgumentValueError) {
    #expect(throws: error) { try IntegerArgument(text) }
  }

  @Test func readsCounts() throws {
    #expect(try parseCount("123") == 123)
    #expect(try parseCount("0x10") == 16)
    #expect(throws: ArgumentValueError.invalidInteger("abc")) { try parseCount("abc") }
    #expect(throws: ArgumentValueError.invalidInteger("-1")) { try parseCount("-1") }
    #expect(throws: ArgumentValueError.trailingBytes("11x")) { try parseCount("11x") }
    #expect(throws: ArgumentValueError.trailingBytes("5s")) { try parseCount("5s") }
    #expect(throws: ArgumentValueError.trailingBytes("5a1")) { try parseCount("5a1") }
  }

  @Test(arguments: ["true", "1", "on", "yes", "TRUE"])
  func readsTrue(_ text: String) throws {
    #expect(try parseBoolean(text))
  }

  @Test(arguments: ["false", "0", "off", "no"])
  func readsFalse(_ text: String) throws {
    #expect(try !parseBoolean(text))
  }

  @Test func refusesOtherWordsForBooleans() {
    #expect(throws: ArgumentValueError.invalidBoolean("maybe")) { try parseBoolean("maybe") }
  }

  @Test(arguments: [
    ("10", Duration.seconds(10)), ("10s", .seconds(10)), ("500ms", .milliseconds(500)),
    ("1.5", .milliseconds(1500)), (".5", .milliseconds(500)), ("0.25ms", .microseconds(250)),
    ("2m", .seconds(120)),
    ("1d", .seconds(86400)), ("3ns", .nanoseconds(3)),
  ])
  func readsLengthsOfTime(_ text: String, _ value: Duration) throws {
    #expect(try parseDuration(text) == value)
  }

  @Test(arguments: ["", "s", "-1", "1x", "1.", ".", ".s", "1 s", "99999999999999999999", "300000d"])
  func refusesOtherLengthsOfTime(_ text: String) {
    #expect(throws: ArgumentValueError.invalidDuration(text)) { try parseDuration(text) }
  }
}
