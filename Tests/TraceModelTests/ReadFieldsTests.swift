import Foundation
import Testing
import TraceModel
import WireTestKit

/// Whatever the compiler writes into a manifest, something in the runtime half reads.
@Suite struct ReadFieldsTests {
  /// Modules that run artifacts or show what is in them.
  private static let readers = [
    "TraceModel", "BPF", "Symbolization", "Output", "TraceRuntime", "ToolLibrary", "CommandSession",
    "CommandLines", "ToolCommands",
  ]

  /// What values of a type are called where they are read; anything else if it is not here.
  private static let receivers: [String: String] = [
    "Manifest": "manifest", "RuntimeConfiguration": "configuration",
  ]

  /// Fields whose readers are still to come; the mark goes when one is there.
  private static let waiting: Set<String> = []

  @Test func everyFieldIsRead() throws {
    let text = try SourceText.files(of: Self.readers).joined(separator: "\n")
    for type in WireSchema(of: Manifest.self).structures {
      let receiver = Self.receivers["\(type)"] ?? #"[A-Za-z0-9_\])?!]"#
      for field in WireSchema.fields(of: type) {
        // Where it is only set, as in an initialiser, it is not read.
        let pattern = "\(receiver)(?<!\\bself)\\.\(field.name)\\b(?! *= )"
        let isRead = text.range(of: pattern, options: .regularExpression) != nil
        let name = "\(type).\(field.name)"
        if Self.waiting.contains(name) {
          #expect(!isRead, "\(name) is read by now: take the mark away")
        } else {
          #expect(isRead, "\(name) is written and never read")
        }
      }
    }
  }

  @Test func wouldNoticeAFieldThatIsOnlySet() throws {
    let text = "self.lonely = 1; manifest.lonely = 2"
    let pattern = #"manifest(?<!\bself)\.lonely\b(?! *= )"#
    #expect(text.range(of: pattern, options: .regularExpression) == nil)
    #expect("x(manifest.lonely)".range(of: pattern, options: .regularExpression) != nil)
  }
}
