/// What stands at the top of a file; the nodes below are in a tree.
package struct ScriptContents: Hashable, Sendable {
  /// The C part at the top, in order.
  package var cDefinitions: [CDefinitionSyntax] = []
  package var config: ConfigSyntax?
  /// What the script says of its options, rows and tables.
  package var tool = ToolSyntax()
  /// The imports at the top, in order.
  package var imports: [ImportSyntax] = []
  /// Probes, macros, functions and map declarations, in order.
  package var items: [RootItem] = []

  package init() {}
}

extension ScriptTree {
  /// The C part at the top, in order; so are the others those of the contents.
  package var cDefinitions: [CDefinitionSyntax] {
    get { contents.cDefinitions }
    set { contents.cDefinitions = newValue }
  }
  package var config: ConfigSyntax? {
    get { contents.config }
    set { contents.config = newValue }
  }
  package var tool: ToolSyntax {
    get { contents.tool }
    set { contents.tool = newValue }
  }
  package var imports: [ImportSyntax] {
    get { contents.imports }
    set { contents.imports = newValue }
  }
  package var items: [RootItem] {
    get { contents.items }
    set { contents.items = newValue }
  }
}
