import CommandLineKit
import Testing

private let options = [
  OptionSpec("pid", short: "p", long: "pid", argument: .required("PID"), summary: "trace PID only"),
  OptionSpec("print", long: "print", summary: "print"),
  OptionSpec("quiet", short: "q", long: "quiet", summary: "no banner"),
  OptionSpec(
    "include", short: "I", argument: .required("DIR"), isRepeatable: true, summary: "headers"),
  OptionSpec("verbose", short: "v", long: "verbose", aliases: ["verbosely"], summary: "more"),
  OptionSpec("colour", short: "C", long: "colour", argument: .optional("WHEN"), summary: "colour"),
  OptionSpec("e", short: "e", argument: .required("PROGRAM"), summary: "program text"),
]

private func parse(_ words: String...) throws(UsageError) -> ParsedArguments {
  try ArgumentParser(options).parse(words)
}

private func message(_ words: String...) -> String? {
  do {
    _ = try ArgumentParser(options).parse(words)
    return nil
  } catch {
    return error.message(program: "bpftrace")
  }
}

@Suite struct ArgumentParserTests {
  @Test(arguments: [
    ["-p123"], ["-p", "123"], ["--pid", "123"], ["--pid=123"], ["--pi=123"], ["--pi", "123"],
  ])
  func takesAValueInEverySpelling(_ words: [String]) throws {
    let parsed = try ArgumentParser(options).parse(words)
    #expect(parsed.value(of: "pid") == "123")
    #expect(parsed.operands.isEmpty)
  }

  @Test(arguments: ["--dry-run", "--dry_run", "--dry_r"])
  func takesUnderscoresForDashes(_ word: String) throws {
    let parser = ArgumentParser([OptionSpec("dry", long: "dry-run", summary: "nothing is done")])
    #expect(try parser.parse([word]).contains("dry"))
  }

  @Test func takesLettersThatAreNotShown() throws {
    let parser = ArgumentParser([
      OptionSpec("port", short: "P", otherLetters: ["D"], argument: .required("N"), summary: "port")
    ])
    #expect(try parser.parse(["-D80"]).value(of: "port") == "80")
  }

  @Test func joinsLetters() throws {
    let parsed = try parse("-qvp1", "x")
    #expect(parsed.matches.map(\.id) == ["quiet", "verbose", "pid"])
    #expect(parsed.value(of: "pid") == "1")
  }

  @Test(arguments: [("-p1", "-p"), ("--pid=1", "--pid"), ("--pi=1", "--pid")])
  func tellsHowAnOptionWasGiven(_ word: String, _ spelling: String) throws {
    #expect(try parse("-p2", word).last("pid")?.spelling == spelling)
  }

  @Test func findsOptionsBehindOperandsUntilTheTerminator() throws {
    let parsed = try parse("file.bt", "-q", "one", "--", "-v", "--two=2")
    #expect(parsed.contains("quiet"))
    #expect(!parsed.contains("verbose"))
    #expect(parsed.operands == ["file.bt", "one", "-v", "--two=2"])
    #expect(parsed.operandsBeforeTerminator == 2)
    #expect(parsed.operandsAfterTerminator == ["-v", "--two=2"])
  }

  @Test func leavesASubcommandsOptionsAlone() throws {
    let parser = ArgumentParser(options, ordering: .stopAtFirstOperand)
    let parsed = try parser.parse(["-q", "opensnoop", "-x", "--", "y"])
    #expect(parsed.contains("quiet"))
    #expect(parsed.operands == ["opensnoop", "-x", "--", "y"])
    #expect(parsed.operandsAfterTerminator.isEmpty)
  }

  @Test func takesASingleDashAsAnOperand() throws {
    #expect(try parse("-", "a").operands == ["-", "a"])
  }

  @Test func keepsEveryValueOfARepeatedOption() throws {
    let parsed = try parse("-I", "a", "-Ib", "-e", "x", "-e", "y")
    #expect(parsed.values(of: "include") == ["a", "b"])
    #expect(parsed.value(of: "e") == "y")
    #expect(parsed.count(of: "include") == 2)
  }

  @Test func takesAnOptionThatLooksLikeOneAsAValue() throws {
    #expect(try parse("-e", "--pid").value(of: "e") == "--pid")
  }

  @Test func leavesTheNextWordToAnOptionalValue() throws {
    let parsed = try parse("--colour", "always", "-Cnever", "--colour=auto")
    #expect(parsed.values(of: "colour") == ["never", "auto"])
    #expect(parsed.operands == ["always"])
    #expect(parsed.count(of: "colour") == 3)
  }

  @Test func abbreviatesNamesOfOneOptionWithoutAmbiguity() throws {
    #expect(try parse("--verb").contains("verbose"))
    #expect(try parse("--verbosely").contains("verbose"))
  }

  @Test func reportsWhatGetoptReports() {
    #expect(message("--foo") == "bpftrace: unrecognized option '--foo'")
    #expect(message("--foo=1") == "bpftrace: unrecognized option '--foo=1'")
    #expect(message("-qZ") == "bpftrace: invalid option -- 'Z'")
    #expect(message("-e") == "bpftrace: option requires an argument -- 'e'")
    #expect(message("--pid") == "bpftrace: option '--pid' requires an argument")
    #expect(message("--quiet=1") == "bpftrace: option '--quiet' doesn't allow an argument")
    #expect(
      message("--p")
        == "bpftrace: option '--p' is ambiguous; possibilities: '--pid' '--print'")
  }
}
