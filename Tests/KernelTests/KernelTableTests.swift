import CommandTestKit
import Foundation
import Testing

/// The pages of what works on which kernel: how runs write them, and that they are whole.
@Suite struct KernelTableTests {
  @Test(arguments: KernelTable.Page.allCases)
  func keepsTheColumnsOfKernelsThatDidNotRun(_ page: KernelTable.Page) {
    var table = KernelTable(page, reading: "")
    table.note(["one": .works, "two": .needs("kprobe")], on: "running", of: ["one", "two"])
    table.note(["one": .works, "two": .works], on: "6.12", of: ["one", "two"])
    table.note(["one": .needs("uprobe"), "two": .works], on: "6.1", of: ["one", "two"])
    var again = KernelTable(page, reading: table.text)
    #expect(again.text == table.text)
    again.note(["two": .works], on: "running", of: ["two"])
    #expect(again.kernels == ["6.1", "6.12", "running"])
    #expect(again.cells == ["two": ["6.1": "works", "6.12": "works", "running": "works"]])
  }

  @Test func oneFailureCountsAndWhatOnlySomeCasesNeedDoesNot() {
    #expect(verdict(.needs("kprobe"), .works) == .works)
    #expect(verdict(.needs("kprobe"), .needs("uprobe")) == .needs("kprobe"))
    #expect(verdict(.works, .fails, .works) == .fails)
    #expect(verdict(.fails, .needs("kprobe")) == .fails)
  }

  private func verdict(_ first: KernelVerdict, _ others: KernelVerdict...) -> KernelVerdict {
    others.reduce(into: first) { $0.add($1) }
  }
}
