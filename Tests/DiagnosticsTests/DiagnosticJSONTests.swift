import Diagnostics
import Foundation
import Testing

/// Diagnostics for programs, read back by Foundation.
@Suite struct DiagnosticJSONTests {
  private static let file = SourceFile(name: "a b/é.bt", text: "begin {\n  \"é\"; $cuont;\n}\n")

  private static let sample: DiagnosticList = {
    var error = Diagnostic.error(
      "undefined-variable", "No \"$cuont\"\there", at: range("$cuont"),
      notes: [.init("see", at: range("begin"))], hints: ["Do that."], expandedFrom: [range("{")])
    error.fixIts = [.init(title: "use $count", range: range("$cuont"), replacement: "$count")]
    return DiagnosticList([
      .warning("machine", "odd", at: nil), error,
    ])
  }()

  private static func range(_ text: String) -> SourceRange {
    let wanted = Array(text.utf8)
    let start = file.bytes.indices.first { file.bytes[$0...].starts(with: wanted) } ?? 0
    return SourceRange(file: file.id, start..<start + wanted.count)
  }

  private let writer = DiagnosticJSON(SourceMap(Self.file))

  private typealias Object = [String: Any]

  private func object(_ bytes: [UInt8]) throws -> Object {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Object)
  }

  @Test func writesALineForEachErrorsFirst() throws {
    let lines = writer.lines(Self.sample).split(separator: UInt8(ascii: "\n"))
    try #require(lines.count == 2)
    let error = try object(Array(lines[0]))
    #expect(error["id"] as? String == "undefined-variable")
    #expect(error["severity"] as? String == "error")
    #expect(error["message"] as? String == "No \"$cuont\"\there")
    let place = try #require(error["place"] as? Object)
    #expect(place["file"] as? String == "a b/é.bt")
    #expect(place["start"] as? [String: Int] == ["line": 2, "column": 9, "offset": 16])
    #expect(place["end"] as? [String: Int] == ["line": 2, "column": 15, "offset": 22])
    #expect((error["notes"] as? [Object])?.first?["message"] as? String == "see")
    #expect(error["hints"] as? [String] == ["Do that."])
    #expect((error["fixes"] as? [Object])?.first?["replacement"] as? String == "$count")
    #expect((error["expandedFrom"] as? [Object])?.count == 1)
    let warning = try object(Array(lines[1]))
    #expect(warning["severity"] as? String == "warning")
    #expect(warning["place"] == nil)
  }

  /// What SARIF 2.1.0 demands of a log, as far as ours has it.
  @Test func writesALogThatFollowsTheSchema() throws {
    let log = try object(writer.sarif(Self.sample, version: "v1"))
    #expect(log["version"] as? String == "2.1.0")
    #expect((log["$schema"] as? String)?.hasSuffix("sarif-2.1.0.json") == true)
    let runs = try #require(log["runs"] as? [Object])
    try #require(runs.count == 1)
    #expect(runs[0]["columnKind"] as? String == "unicodeCodePoints")
    let driver = try #require((runs[0]["tool"] as? Object)?["driver"] as? Object)
    #expect(driver["name"] as? String == "bpftrace")
    let rules = try #require(driver["rules"] as? [Object])
    let ids = rules.compactMap { $0["id"] as? String }
    #expect(ids == ["machine", "undefined-variable"])
    for rule in rules {
      #expect(((rule["shortDescription"] as? Object)?["text"] as? String)?.isEmpty == false)
      #expect(((rule["help"] as? Object)?["text"] as? String)?.isEmpty == false)
    }
    let results = try #require(runs[0]["results"] as? [Object])
    #expect(results.count == 2)
    for result in results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(result["ruleId"] as? String == ids[index])
      #expect(["error", "warning"].contains(result["level"] as? String))
      #expect((result["message"] as? Object)?["text"] as? String != nil)
    }
    #expect(results[1]["locations"] == nil)
  }

  @Test func countsColumnsInCharacters() throws {
    let log = try object(writer.sarif(Self.sample, version: "v1"))
    let results = try #require((log["runs"] as? [Object])?.first?["results"] as? [Object])
    let location = try #require((results[0]["locations"] as? [Object])?.first)
    let physical = try #require(location["physicalLocation"] as? Object)
    #expect((physical["artifactLocation"] as? Object)?["uri"] as? String == "a%20b/%C3%A9.bt")
    let region = try #require(physical["region"] as? [String: Int])
    #expect(
      region == [
        "startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 14, "byteOffset": 16,
        "byteLength": 6,
      ])
    let related = try #require(results[0]["relatedLocations"] as? [Object])
    #expect(
      related.map { ($0["message"] as? Object)?["text"] as? String } == ["see", "expanded from"])
    let fix = try #require((results[0]["fixes"] as? [Object])?.first)
    #expect((fix["artifactChanges"] as? [Object])?.count == 1)
  }

  @Test func writesALogOfNothing() throws {
    let log = try object(writer.sarif(DiagnosticList(), version: "v1"))
    #expect(((log["runs"] as? [Object])?.first?["results"] as? [Object])?.isEmpty == true)
    #expect(writer.lines(DiagnosticList()).isEmpty)
  }
}
