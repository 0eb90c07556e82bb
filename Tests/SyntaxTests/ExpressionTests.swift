import Diagnostics
import Syntax
import Testing

/// Renders an expression with all its parentheses.
private func shape(_ text: String) -> String {
  guard let (tree, id) = expression(text) else {
    return messages("begin { _ = \(text); }").joined(separator: "\n")
  }
  return tree.shape(id)
}

extension ScriptTree {
  fileprivate func shape(_ id: ExprID) -> String {
    switch self[id].kind {
    case .integer(let literal): literal.text
    case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
    case .boolean(let value): "\(value)"
    case .variable(let name), .map(let name), .identifier(let name): name
    case .positional(let number): "$\(number)"
    case .positionalCount: "$#"
    case .mapElement(let name, let keys): "\(name)[\(list(keys))]"
    case .call(let call): "\(call.name)(\(list(call.arguments)))"
    case .unary(let operation, let value): "(\(operation.rawValue)\(shape(value)))"
    case .step(let operation, let value):
      "(\(operation.rawValue.split(separator: "x").count > 0 ? operation.rawValue.replacing("x", with: shape(value)) : ""))"
    case .binary(let operation, let left, let right):
      "(\(shape(left)) \(operation.rawValue) \(shape(right)))"
    case .ternary(let condition, let then, let otherwise):
      "(\(shape(condition)) ?\(then.map { " \(shape($0)) " } ?? ""): \(shape(otherwise)))"
    case .field(let base, let name): "\(shape(base)).\(name.name)"
    case .tupleElement(let base, let index): "\(shape(base)).\(index)"
    case .index(let base, let index): "\(shape(base))[\(shape(index))]"
    case .cast(let type, let value): "<\(spelling(of: type))>\(shape(value))"
    case .tuple(let elements): "tuple(\(list(elements)))"
    case .record(let fields):
      "record(" + fields.map { "\($0.name.name)=\(shape($0.value))" }.joined(separator: ", ") + ")"
    case .ifElse(let chain):
      chain.clauses.map { "if \(shape($0.condition)) \(shape($0.body))" }.joined(separator: " ")
        + (chain.otherwise.map { " else \(shape($0))" } ?? "")
    case .block(let block): shape(block)
    case .sizeof(let operand): "sizeof \(shape(operand))"
    case .typeinfo(let operand): "typeinfo \(shape(operand))"
    case .typeof(let operand): "typeof \(shape(operand))"
    case .offsetof(let operand, let path):
      "offsetof \(shape(operand)) \(path.map(\.name).joined(separator: "."))"
    case .comptime(let value): "(comptime \(shape(value)))"
    case .shown(let value, let condition): "(shown \(condition) \(shape(value)))"
    case .invalid: "?"
    }
  }

  private func shape(_ id: BlockID) -> String {
    let count = self[id].statements.count
    return "{\(count == 0 ? "" : "\(count);")\(self[id].result.map(shape) ?? "")}"
  }

  private func shape(_ operand: TypeOrExpression) -> String {
    switch operand {
    case .type(let type): "type \(spelling(of: type))"
    case .expression(let value): "value \(shape(value))"
    case .name(let type, let value): "name \(spelling(of: type)) \(shape(value))"
    }
  }

  private func list(_ ids: [ExprID]) -> String { ids.map(shape).joined(separator: ", ") }
}

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("1 + 2 * 3", "(1 + (2 * 3))"), ("1 * 2 + 3", "((1 * 2) + 3)"), ("1 - 2 - 3", "((1 - 2) - 3)"),
    ("8 / 4 % 3", "((8 / 4) % 3)"), ("(1 + 2) * 3", "((1 + 2) * 3)"),
    ("1 << 2 + 3", "(1 << (2 + 3))"), ("1 < 2 << 3", "(1 < (2 << 3))"),
    ("1 == 2 < 3", "(1 == (2 < 3))"), ("1 & 2 == 3", "(1 & (2 == 3))"),
    ("1 ^ 2 & 3", "(1 ^ (2 & 3))"), ("1 | 2 ^ 3", "(1 | (2 ^ 3))"),
    ("1 && 2 | 3", "(1 && (2 | 3))"), ("1 || 2 && 3", "(1 || (2 && 3))"),
    ("1 || 2 || 3", "((1 || 2) || 3)"), ("1 >= 2 != 3 <= 4", "((1 >= 2) != (3 <= 4))"),
    ("$a >> 1 > 2", "(($a >> 1) > 2)"),
    ("1 | 2 ^ 3 & 4 == 5 < 6 << 7 + 8 * 9", "(1 | (2 ^ (3 & (4 == (5 < (6 << (7 + (8 * 9))))))))"),
  ])
  func precedenceIsThatOfC(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("1 ? 2 : 3", "(1 ? 2 : 3)"), ("1 ? 2 : 3 ? 4 : 5", "(1 ? 2 : (3 ? 4 : 5))"),
    ("1 ? 2 ? 3 : 4 : 5", "(1 ? (2 ? 3 : 4) : 5)"), ("$1 ?: 7", "($1 ?: 7)"),
    ("1 ? : 2", "(1 ?: 2)"), ("1 ?: 2 ?: 3", "(1 ?: (2 ?: 3))"),
    ("1 || 2 ? 3 : 4", "((1 || 2) ? 3 : 4)"),
  ])
  func ternariesNestToTheRight(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("-$x", "(-$x)"), ("-1", "(-1)"), ("- - 1", "(-(-1))"), ("!~-*$p", "(!(~(-(*$p))))"),
    ("*$p.a", "(*$p.a)"), ("-1 * 2", "((-1) * 2)"), ("!$x && $y", "((!$x) && $y)"),
    ("++$x", "(++$x)"), ("--@m[1]", "(--@m[1])"), ("$x++ + 1", "(($x++) + 1)"),
    ("@m--", "(@m--)"), ("&$x", "(&$x)"), ("&@m", "(&@m)"), ("1 & &$x", "(1 & (&$x))"),
    ("1 - -1", "(1 - (-1))"), ("comptime 1 + 2", "((comptime 1) + 2)"),
    ("comptime (1 + 2)", "(comptime (1 + 2))"), ("comptime f(1)", "(comptime f(1))"),
  ])
  func prefixesBindTighterThanOperators(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("$a.b.c", "$a.b.c"), ("$a->b.c", "$a.b.c"), ("args->x", "args.x"), ("(*args).x", "(*args).x"),
    ("$t.0", "$t.0"), ("$kv.0.1", "$kv.0.1"), ("$a[1][2]", "$a[1][2]"), ("@m[1][2]", "@m[1][2]"),
    ("@m[1, 2]", "@m[1, 2]"), ("@m[(1, 2)]", "@m[tuple(1, 2)]"), ("f(1).x[2]", "f(1).x[2]"),
    ("$a.config", "$a.config"), ("$a.string", "$a.string"), ("$a.if.while", "$a.if.while"),
    ("config.max_strlen", "config.max_strlen"), ("\"abc\"[1]", "\"abc\"[1]"),
    ("curtask.comm", "curtask.comm"), ("$x.y++", "($x.y++)"),
  ])
  func accessesChain(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("pid", "pid"), ("pid()", "pid()"), ("f(1, \"a\", @m)", "f(1, \"a\", @m)"),
    ("f(typeof(int8), 1)", "f(typeof name int8 int8, 1)"),
    ("f(typeof(struct a*))", "f(typeof type struct a*)"), ("delete(@m[1])", "delete(@m[1])"),
    ("delete(@a[1], @b[2])", "delete(@a[1], @b[2])"), ("delete((@m[1]))", "delete(@m[1])"),
    ("print((1))", "print(1)"), ("config()", "config()"),
  ])
  func callsTakeArguments(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("()", "tuple()"), ("(1,)", "tuple(1)"), ("(1, 2)", "tuple(1, 2)"), ("(1, 2,)", "tuple(1, 2)"),
    ("((1, 2), 3)", "tuple(tuple(1, 2), 3)"), ("(((1)))", "1"), ("(a = 1)", "record(a=1)"),
    ("(a = 1, b = (c = 2))", "record(a=1, b=record(c=2))"), ("(a == 1)", "(a == 1)"),
    ("(if = 1)", "record(if=1)"),
  ])
  func parenthesesMakeTuplesAndRecords(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("if (1) { 2 } else { 3 }", "if 1 {2} else {3}"), ("if $x { 2 }", "if $x {2}"),
    ("if (1) { } else if (2) { } else { 3 }", "if 1 {} if 2 {} else {3}"),
    ("if comptime (1) { 2 } else { 3 }", "if (comptime 1) {2} else {3}"),
    ("if $n > 2 { 1 }", "if ($n > 2) {1}"), ("if ($a) && ($b) { 1 }", "if ($a && $b) {1}"),
    ("{ 1 }", "{1}"), ("{ $x = 1; $x + 1 }", "{1;($x + 1)}"), ("{ 1; }", "{1;}"), ("{ }", "{}"),
    ("{ 1 } + 2", "({1} + 2)"), ("1 + if (1) { 2 } else { 3 }", "(1 + if 1 {2} else {3})"),
    ("{ if (1) { 2 } }", "{if 1 {2}}"), ("{ { 2 }; }", "{1;}"), ("{ if (1) { 2 } 3 }", "{1;3}"),
  ])
  func blocksHaveValues(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("(uint8)$x", "<uint8>$x"), ("(uint8)$a + 1", "(<uint8>$a + 1)"),
    ("(struct a *)$x", "<struct a*>$x"), ("(task_struct *)$x", "<task_struct*>$x"),
    ("(int32*[4])$x", "<int32*[4]>$x"), ("(int8[])$x", "<int8[]>$x"),
    ("(string[64])\"a\"", "<string[64]>\"a\""), ("(typeof($x))1", "<typeof(...)>1"),
    ("(uint8)(int8)-1", "<uint8><int8>(-1)"), ("-(uint8)$x", "(-<uint8>$x)"),
    ("(uint8)$x.y", "<uint8>$x.y"), ("(enum e)1", "<enum e>1"), ("(union u*)1", "<union u*>1"),
    ("(uint8)(1, 2)", "<uint8>tuple(1, 2)"), ("(uint8)\"1\"", "<uint8>\"1\""),
    ("(uint8)pid", "<uint8>pid"), ("(uint8)~1", "<uint8>(~1)"), ("(uint8)!1", "<uint8>(!1)"),
    ("(uint8)&$x", "<uint8>(&$x)"), ("(uint8)@m", "<uint8>@m"), ("(uint8)++$x", "<uint8>(++$x)"),
    ("(uint8)--$x", "<uint8>(--$x)"), ("(uint8)$1", "<uint8>$1"),
    ("((struct a*)$x)->b", "<struct a*>$x.b"), ("(args_t*)$x", "<args_t*>$x"),
  ])
  func typesInParenthesesCast(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("(pid)*tid", "(pid * tid)"), ("(word)*$x", "<word>(*$x)"), ("(args)-1", "(args - 1)"),
    ("(ctx)&1", "(ctx & 1)"), ("(nsecs)-$s", "(nsecs - $s)"), ("(arg0)*2", "(arg0 * 2)"),
    ("(arg12)-(1)", "(arg12 - 1)"), ("(kstack)", "kstack"), ("(x)-1", "<x>(-1)"),
    ("(x) + 1", "(x + 1)"), ("(x) && $y", "(x && $y)"), ("(x) == 1", "(x == 1)"),
    ("(x) != 1", "(x != 1)"), ("(x)++", "(x++)"), ("(x)--", "(x--)"), ("(x)", "x"),
    ("(x[1])", "x[1]"), ("(x[1] + 2)", "(x[1] + 2)"), ("(x * 2)", "(x * 2)"),
    ("(x.y)*2", "(x.y * 2)"), ("(x) ? 1 : 2", "(x ? 1 : 2)"), ("(x) / 2", "(x / 2)"),
    ("(pid == 1)", "(pid == 1)"), ("(a, b)", "tuple(a, b)"), ("(true)*2", "(true * 2)"),
  ])
  func otherParenthesesGroup(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test(arguments: [
    ("sizeof(uint32)", "sizeof name uint32 uint32"), ("sizeof(struct a)", "sizeof type struct a"),
    ("sizeof(x[1])", "sizeof type x[1]"), ("sizeof((x)[1])", "sizeof value x[1]"),
    ("sizeof(x*)", "sizeof type x*"), ("sizeof($x)", "sizeof value $x"),
    ("sizeof(\"abc\")", "sizeof value \"abc\""), ("sizeof(m())", "sizeof value m()"),
    ("sizeof((int8)1)", "sizeof value <int8>1"), ("sizeof(x.y)", "sizeof value x.y"),
    ("sizeof(x + 1)", "sizeof value (x + 1)"), ("sizeof(true)", "sizeof value true"),
    ("sizeof(x * 2)", "sizeof value (x * 2)"), ("sizeof(typeof(1))", "sizeof type typeof(...)"),
    ("typeinfo(comm)", "typeinfo name comm comm"),
    ("offsetof(struct a, b)", "offsetof type struct a b"),
    ("offsetof(struct a, b.c.d)", "offsetof type struct a b.c.d"),
    ("offsetof(a, if)", "offsetof name a a if"), ("offsetof($x, b)", "offsetof value $x b"),
  ])
  func whatLooksLikeATypeIsOne(text: String, expected: String) {
    #expect(shape(text) == expected)
  }

  @Test func remembersParentheses() throws {
    let script = parsed("begin { _ = ((1 + 2)) * 3; }")
    let ranges = script.tree.parentheses.values.map(script.file.text)
    #expect(ranges == ["((1 + 2))"])
  }

  @Test func integersKeepTheirText() throws {
    let (tree, id) = try #require(expression("0x1F_00ull"))
    #expect(
      tree[id].kind == .integer(IntegerLiteral(value: 0x1f00, text: "0x1F_00ull", suffix: .c(.ull)))
    )
  }
}
