import CommandLineKit
import Testing

/// What may stand in place of the last word.
@Suite struct CompletionOfferTests {
  private static let command = CommandSpec(
    name: "sample", summary: "", synopses: [""],
    options: [
      OptionSpec("quiet", short: "q", long: "quiet", summary: "be silent"),
      OptionSpec(
        "format", short: "f", long: "format", argument: .required("FORMAT"),
        completion: .words(["text", "json"]), summary: "how to print"),
      OptionSpec(
        "pid", short: "p", long: "pid", argument: .required("PID"), completion: .process,
        summary: "which process"),
      OptionSpec("flag", long: "flag", argument: .optional("WHEN"), summary: "when"),
      OptionSpec(
        "define", short: "D", long: "define", argument: .required("NAME"), isRepeatable: true,
        summary: "a name"),
      OptionSpec(
        "colors", short: "c", long: "colors", argument: .required("COLOR[,COLOR...]"),
        completion: .list(["red", "green", "grey"]), summary: "which colors"),
      OptionSpec("secret", long: "secret", isHidden: true, summary: "never shown"),
    ])

  private func offer(
    _ words: String..., ordering: ArgumentParser.Ordering = .permute
  ) -> CompletionOffer {
    completionOffer(of: Self.command, words: words, ordering: ordering)
  }

  private func texts(_ offer: CompletionOffer) -> [String] { offer.candidates.map(\.text) }

  @Test func offersTheOptionsThatBeginSo() {
    let found = offer("--f")
    #expect(found.candidates == [.init("--format", "how to print"), .init("--flag", "when")])
    #expect(found.operands == nil)
  }

  @Test func offersLettersAndNames() {
    #expect(
      texts(offer("-")) == [
        "-q", "--quiet", "-f", "--format", "-p", "--pid", "--flag", "-D", "--define",
        "-c", "--colors",
      ])
  }

  @Test func offersAnOptionOnceUnlessItAddsUp() {
    #expect(texts(offer("-q", "--q")).isEmpty)
    #expect(texts(offer("-qf", "text", "--f")) == ["--flag"])
    #expect(texts(offer("--define=a", "--d")) == ["--define"])
  }

  @Test func offersTheWordsOfAValue() {
    #expect(texts(offer("-f", "")) == ["text", "json"])
    #expect(texts(offer("--format", "j")) == ["json"])
    #expect(texts(offer("--form", "j")) == ["json"])
    #expect(texts(offer("-qf", "t")) == ["text"])
  }

  @Test func offersTheWordsOfAListThatAreNotThereYet() {
    #expect(texts(offer("-c", "")) == ["red", "green", "grey"])
    #expect(texts(offer("-c", "red,gr")) == ["red,green", "red,grey"])
    #expect(texts(offer("--colors=green,gr")) == ["--colors=green,grey"])
    #expect(texts(offer("-cred,green,")) == ["-cred,green,grey"])
  }

  @Test func offersTheWordsOfAValueThatIsJoined() {
    #expect(texts(offer("--format=j")) == ["--format=json"])
    #expect(texts(offer("-fj")) == ["-fjson"])
    #expect(texts(offer("-qfj")) == ["-qfjson"])
  }

  @Test func leavesToOthersWhatOnlyTheyKnow() {
    #expect(offer("-p", "").others == .process)
    let joined = offer("--pid=1")
    #expect(joined.others == .process)
    #expect(joined.prefix == "--pid=")
  }

  @Test func takesNoWordForTheValueOfASwitch() {
    #expect(offer("-q", "x").operands == [])
    #expect(offer("--flag", "x").operands == [])
  }

  @Test func tellsTheOperandsBefore() {
    #expect(offer("a", "-f", "text", "b", "").operands == ["a", "b"])
    #expect(offer("--", "-q", "-").operands == ["-q"])
    #expect(offer("-q", "--").operands == nil)
  }

  @Test func leavesWhatFollowsASubcommandToIt() {
    #expect(
      offer("-q", "list", "-v", "-", ordering: .stopAtFirstOperand).operands == ["list", "-v"])
  }

  @Test func offersNothingWithoutWordsThatMakeSense() {
    #expect(texts(offer("--nothing=x")).isEmpty)
    #expect(texts(offer("-z", "--q")) == ["--quiet"])
    #expect(completionOffer(of: Self.command, words: []).operands == [])
  }
}
