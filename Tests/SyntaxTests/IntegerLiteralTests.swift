import Syntax
import Testing

@Suite struct IntegerLiteralTests {
  @Test(
    arguments: [
      ("0", 0), ("7", 7), ("1500", 1500), ("1_500", 1500), ("1__5", 15), ("0755", 0o755),
      ("0_17", 0o17), ("00", 0), ("0x1f", 0x1f), ("0XFF_00", 0xff00), ("0x3d", 0x3d), ("5e3", 5000),
      ("9E1", 90), ("1e19", 10_000_000_000_000_000_000),
      ("18446744073709551615", UInt64.max), ("0xffffffffffffffff", UInt64.max),
    ] as [(String, UInt64)])
  func hasItsValue(text: String, value: UInt64) throws {
    let literal = try IntegerLiteral(parsing: text)
    #expect(literal.value == value)
    #expect(literal.suffix == nil)
    #expect(literal.text == text)
  }

  @Test(
    arguments: [
      ("3ns", 3), ("3us", 3000), ("3ms", 3_000_000), ("3s", 3_000_000_000),
      ("3m", 180_000_000_000), ("3h", 10_800_000_000_000), ("3d", 259_200_000_000_000),
      ("1_0us", 10_000),
    ] as [(String, UInt64)])
  func multipliesDurationsToNanoseconds(text: String, value: UInt64) throws {
    let literal = try IntegerLiteral(parsing: text)
    #expect(literal.value == value)
    #expect(literal.isDuration)
  }

  @Test(
    arguments: [
      ("7u", .u), ("7U", .u), ("7l", .l), ("7LL", .ll), ("7uL", .ul), ("7ull", .ull),
      ("0x7u", .u), ("4294967295u", .u), ("9223372036854775807ll", .ll),
      ("18446744073709551615ul", .ul),
    ] as [(String, IntegerLiteral.CSuffix)])
  func knowsSuffixesOfC(text: String, suffix: IntegerLiteral.CSuffix) throws {
    #expect(try IntegerLiteral(parsing: text).suffix == .c(suffix))
  }

  @Test(
    arguments: [
      ("1_", .trailingUnderscore), ("0x1_", .trailingUnderscore), ("1_s", .trailingUnderscore),
      ("12e3", .coefficient("12e3")), ("0e3", .coefficient("0e3")), ("5e0", .trailing("5e0")),
      ("5e", .suffix("e")),
      ("0b101", .suffix("b101")), ("12abc", .suffix("abc")), ("08", .trailing("08")),
      ("0x", .suffix("x")), ("1lu", .suffix("lu")), ("1MS", .suffix("MS")),
      (
        "18446744073709551616",
        .overflow(text: "18446744073709551616", maximum: .max)
      ),
      ("2e19", .overflow(text: "2e19", maximum: .max)),
      ("4294967296u", .overflow(text: "4294967296u", maximum: 4_294_967_295)),
      ("300000d", .overflow(text: "300000d", maximum: .max)), ("", .notANumber("")),
      ("x1", .notANumber("x1")),
    ] as [(String, IntegerLiteralError)])
  func saysWhatIsWrong(text: String, error: IntegerLiteralError) {
    #expect(throws: error) { try IntegerLiteral(parsing: text) }
  }

  @Test func wordsItsErrors() {
    #expect(
      IntegerLiteralError.overflow(text: "9e99", maximum: .max).message
        == "overflow error, maximum value is 18446744073709551615: 9e99")
    #expect(IntegerLiteralError.suffix("abc").message == "invalid integer suffix 'abc'")
    #expect(
      IntegerLiteralError.trailingUnderscore.message == "trailing underscore in integer literal")
    #expect(
      IntegerLiteralError.coefficient("12e3").message
        == "coefficient part of scientific literal must be 1-9: 12e3")
  }

  @Test(
    arguments: [
      ("5", 5, false), ("-5", UInt64(bitPattern: -5), true), ("0b101", 5, false),
      ("0777", 0o777, false), ("-0x10", UInt64(bitPattern: -16), true), ("2ms", 2_000_000, false),
      ("-9223372036854775808", 1 << 63, true),
    ] as [(String, UInt64, Bool)])
  func takesValuesFromTheCommandLine(text: String, bits: UInt64, isNegative: Bool) throws {
    let value = try IntegerLiteral.commandLineValue(text)
    #expect(value.bits == bits)
    #expect(value.isNegative == isNegative)
  }

  @Test(arguments: ["", "-", "--5", "abc", "5x", "-9223372036854775809", "0b2", "1.5"])
  func refusesOtherWordsFromTheCommandLine(text: String) {
    #expect(throws: IntegerLiteralError.self) { try IntegerLiteral.commandLineValue(text) }
  }
}
