import CommandTestKit
import Foundation
import Manuals
import Testing

/// The man pages and the completions in the repository are what their sources give now.
@Suite struct PageTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let pages = (try? Documentation.manualPages(of: repository.path)) ?? []

  private func text(_ path: String) -> String? {
    try? String(
      contentsOf: Self.repository.appendingPathComponent(path), encoding: .utf8)
  }

  /// Fails unless the repository has the file as it would be generated now.
  private func expectCurrent(_ file: GeneratedFile) {
    guard let found = text(file.path) else {
      Issue.record("\(file.path) is missing: run make generate")
      return
    }
    if found != file.text {
      Issue.record(
        "\(file.path) is stale: run make generate\n\(difference(from: found, to: file.text))")
    }
  }

  private func run(_ command: String) throws -> (status: Int, text: String) {
    let outcome = try Machine.host.run(
      "cd \(shellQuoted(Self.repository.path)) || exit 125\n\(command)", timeout: 60)
    return (
      outcome.status,
      String(decoding: outcome.output + outcome.errors, as: UTF8.self)
    )
  }

  @Test func thereIsAPageForEachCommandAndTool() throws {
    let tools = try FileManager.default.contentsOfDirectory(
      atPath: Self.repository.appendingPathComponent("tools").path)
    let wanted =
      ["bpftrace.8", "bpftrace-language.7", "bt-tool.1", "bt-tools.7"] + tools.map { "\($0).8" }
    #expect(
      Set(try Documentation.manualPages(of: Self.repository.path).map(\.fileName)) == Set(wanted))
  }

  @Test func theGuideToToolsLeavesNoneOut() throws {
    let guide = try #require(text("man/parts/bt-tools.7"))
    let named = Set(guide.matches(of: #/Xr (\S+\.bt) 8/#).map { String($0.1) })
    let tools = try FileManager.default.contentsOfDirectory(
      atPath: Self.repository.appendingPathComponent("tools").path)
    #expect(named == Set(tools))
  }

  @Test func completionsAreCurrent() throws {
    let files = try Documentation.completions(of: Self.repository.path)
    #expect(files.count == 6)
    for file in files { expectCurrent(file) }
  }

  @Test(arguments: pages)
  func pageIsCurrent(_ page: GeneratedFile) {
    expectCurrent(page)
  }

  @Test func pagesOfOtherNamesAreCurrent() throws {
    for page in try Documentation.otherPages(of: Self.repository.path) { expectCurrent(page) }
  }

  @Test(arguments: pages)
  func htmlIsCurrent(_ page: GeneratedFile) throws {
    let arguments = Documentation.htmlArguments.map(shellQuoted).joined(separator: " ")
    let (status, text) = try run("mandoc \(arguments) <\(page.path)")
    #expect(status == 0)
    expectCurrent(Documentation.html(of: page, from: text, linking: Self.pages))
  }

  @Test func languageReferenceIsCurrent() throws {
    let page = try #require(Self.pages.first { $0.fileName == Documentation.languagePage })
    let arguments = Documentation.markdownArguments.map(shellQuoted).joined(separator: " ")
    let (status, text) = try run("mandoc \(arguments) <\(page.path)")
    #expect(status == 0)
    expectCurrent(Documentation.languageReference(from: text))
  }

  @Test func everyOptionOfBCCIsThereOrExcused() throws {
    let table = try ToolOptionTable(of: Self.repository.path)
    expectCurrent(table.page)
    #expect(table.missing.isEmpty, "neither there nor in Tests/Fixtures/BCC/excuses.tsv")
    #expect(table.needless.isEmpty, "excuses for what is there, or for tools that are not")
  }

  @Test func indexIsCurrent() throws {
    expectCurrent(Documentation.index(of: try Documentation.manualPages(of: Self.repository.path)))
  }

  @Test func nothingElseLiesAmongTheGeneratedFiles() throws {
    // Not `pages`, which is empty where a page cannot be made.
    let pages = try Documentation.manualPages(of: Self.repository.path)
    let files =
      try pages + Documentation.otherPages(of: Self.repository.path)
      + Documentation.completions(of: Self.repository.path) + [Documentation.index(of: pages)]
    let known = Set(files.map(\.path) + pages.map { "docs/man/\($0.fileName).html" })
    for folder in ["man/man1", "man/man7", "man/man8", "completions", "docs/man"] {
      let names = FileManager.default.enumerator(
        at: Self.repository.appendingPathComponent(folder), includingPropertiesForKeys: nil)
      for case let url as URL in names! where !url.hasDirectoryPath {
        let path = String(url.path.dropFirst(Self.repository.path.count + 1))
        #expect(known.contains(path), "\(path) is no longer generated: run make generate")
      }
    }
  }

  @Test(arguments: pages)
  func mandocFindsNothingToWarnAbout(_ page: GeneratedFile) throws {
    let (status, text) = try run("mandoc -Tlint -W warning \(page.path)")
    #expect(text == "")
    #expect(status == 0)
  }

  @Test(arguments: pages)
  func manFormatsItWithoutAWarning(_ page: GeneratedFile) throws {
    let (status, text) = try run(
      "LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z \(page.path) 2>&1 >/dev/null"
    )
    #expect(text == "")
    #expect(status == 0)
  }

  @Test(arguments: pages)
  func lexgrogFindsItsNameAndPurpose(_ page: GeneratedFile) throws {
    let name = String(page.fileName.dropLast(2))
    let (status, text) = try run("lexgrog \(page.path)")
    #expect(status == 0)
    #expect(text.hasPrefix("\(page.path): \"\(name) - "), "\(text)")
  }

  /// What a page refers to is there, as far as it is ours.
  @Test(arguments: pages)
  func refersToPagesThatExist(_ page: GeneratedFile) {
    let ours = Set(Self.pages.map(\.fileName))
    for match in page.text.matches(of: #/\.Xr (\S+) (\d)/#) {
      let name = String(match.1)
      if name.hasSuffix(".bt") || name.hasPrefix("bt-") || name.hasPrefix("bpftrace") {
        #expect(ours.contains("\(name).\(match.2)"), "\(match.0)")
      }
    }
  }
}
