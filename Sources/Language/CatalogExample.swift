/// A script that shows what an entry of the catalog does, and what it prints.
///
/// It prints the same on every machine and at every time; a test runs it.
package struct CatalogExample: Hashable, Sendable {
  package var script: String
  /// What the command writes to standard output, without blank lines and line ends around it.
  package var output: String

  package init(_ script: String, prints output: String) {
    self.script = script
    self.output = output
  }
}
