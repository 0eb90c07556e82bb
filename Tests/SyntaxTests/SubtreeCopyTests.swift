import Diagnostics
import Syntax
import Testing

@Suite struct SubtreeCopyTests {
  private static let everything = """
    kprobe:a /pid == 1/ {
      let $x: typeof($y)[3] = (struct a *)arg0;
      @m[1, (2, 3)] += $x.y[0]++ * -sizeof(uint8) + offsetof(struct a, b.c) - typeinfo($x);
      if ($x) { 1 } else if comptime (1) { 2 } else { print("a", typeof(int8)) }
      for ($i : 0..$n) { break; continue; return 3; }
      for ($kv : @m) { _ = (a = 1, b = $#); }
      unroll $1 { while ($x > 2) { $x--; } }
      import "x";
      true ? $t.0 : (1 ?: &@m)
    }
    """.replacing("typeof($y)[3]", with: "typeof($y)")

  /// Returns the dump of a tree that has one probe with that body.
  private func dump(_ tree: ScriptTree, _ body: BlockID) -> String {
    var tree = tree
    tree.items = [
      .probe(ProbeSyntax(attachPoints: [], predicate: nil, body: body, range: tree[body].range))
    ]
    return tree.dump()
  }

  @Test func aCopyLooksLikeTheOriginal() throws {
    let script = parsed(Self.everything)
    #expect(messages(script) == [])
    var tree = script.tree
    let body = try #require(tree.probes.first).body
    let copy = tree.copy(body)
    #expect(copy != body)
    #expect(dump(tree, copy) == dump(tree, body))
    var other = ScriptTree()
    let foreign = other.copy(body, from: tree)
    #expect(dump(other, foreign) == dump(tree, body))
  }

  @Test func copiesShareNoNodes() throws {
    var tree = parsed(Self.everything).tree
    let body = try #require(tree.probes.first).body
    let copy = tree.copy(body)
    var original: Set<SyntaxNode> = []
    tree.walk(from: .block(body)) { original.insert($0).inserted }
    var count = 0
    tree.walk(from: .block(copy)) { node in
      count += 1
      return !original.contains(node)
    }
    #expect(count == original.count)
    #expect(count > 60)
  }

  @Test func remembersWhereItWasExpanded() throws {
    var tree = parsed("macro m() { $a + 1 } begin { m(); }").tree
    let outer = tree.add(Expansion(range: SourceRange(file: .script, 1..<2), parent: nil))
    let inner = tree.add(Expansion(range: SourceRange(file: .script, 5..<6), parent: outer))
    let macro = try #require(tree.macros.first)
    let once = tree.copy(macro.body, rules: .init(expansion: inner))
    let result = try #require(tree[once].result)
    #expect(tree[result].expansion == inner)
    #expect(tree.expandedFrom(inner).map(\.start) == [5, 1])
    let twice = tree.copy(result, rules: .init(expansion: outer))
    #expect(tree[twice].expansion == inner)
  }

  @Test func renamesAndReplaces() throws {
    var tree = parsed(
      """
      macro m($p, @q, e) { let $f: e = 1; for ($i : @q) { } $p = e + e; @q[1] = $f; e() }
      begin { m($v, @w, 2 * 3); }
      """
    ).tree
    let macro = try #require(tree.macros.first)
    let argument = try #require(
      tree.expressions.indices.first {
        if case .binary(.multiply, _, _) = tree.expressions[$0].kind { true } else { false }
      })
    let replacement = ExprID(index: argument)
    let uint8 = tree.add(
      TypeSyntax(base: .named(nil, "uint8"), range: SourceRange(file: .script, 0..<0)))
    let copy = tree.copy(
      macro.body,
      rules: .init(
        expression: { expression in
          switch expression.kind {
          case .variable("$p"): .rename("$v")
          case .variable("$f"): .rename("$f.1")
          case .map("@q"), .mapElement("@q", _): .rename("@w")
          case .identifier("e"): .replace(replacement)
          case .call(let call) where call.name == "e": .rename("g")
          default: .keep
          }
        },
        type: { $0.base == .named(nil, "e") ? uint8 : nil },
        declaration: { "\($0).1" }))
    #expect(
      dump(tree, copy) == """
        probe
          block
            let $f.1
              type uint8
              integer 1
            for $i.1
              map @w
              block
            assign =
              variable $v
              binary +
                binary *
                  integer 2
                  integer 3
                binary *
                  integer 2
                  integer 3
            assign =
              map element @w
                integer 1
              variable $f.1
            result
              call g

        """)
  }

  @Test func typeArgumentsBringTheirSuffixes() throws {
    var tree = parsed("macro m(t) { (t*)1 } begin { m(typeof(struct a[2])); }").tree
    let macro = try #require(tree.macros.first)
    let argument = try #require(
      tree.types.firstIndex { $0.base == .named(.struct, "a") }.map(TypeID.init(index:)))
    let copy = tree.copy(
      macro.body, rules: .init(type: { $0.base == .named(nil, "t") ? argument : nil }))
    guard let result = tree[copy].result, case .cast(let type, _) = tree[result].kind else {
      Issue.record("no cast")
      return
    }
    #expect(tree.spelling(of: type) == "struct a[2]*")
  }
}
