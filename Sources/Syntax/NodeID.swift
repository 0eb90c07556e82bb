package import Diagnostics

/// Names one node of a `ScriptTree`: an index into the array of its kind.
///
/// Ids are dense and only grow, so a side table is an array of the tree's count of that kind.
package struct NodeID<Node>: Hashable, Comparable, Sendable {
  private let value: UInt32

  package init(index: Int) { value = UInt32(index) }

  /// The place of the node in the tree's array.
  package var index: Int { Int(value) }

  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

package typealias ExprID = NodeID<ExpressionSyntax>
package typealias StmtID = NodeID<StatementSyntax>
package typealias BlockID = NodeID<BlockSyntax>
package typealias TypeID = NodeID<TypeSyntax>
package typealias ExpansionID = NodeID<Expansion>

/// One use of something that was expanded: where it was used, and what that use was expanded from.
package struct Expansion: Hashable, Sendable {
  /// The call of the macro, or whatever else the expansion came from.
  package let range: SourceRange
  /// The expansion that `range` itself is in, if any.
  package let parent: ExpansionID?

  package init(range: SourceRange, parent: ExpansionID?) {
    self.range = range
    self.parent = parent
  }
}
