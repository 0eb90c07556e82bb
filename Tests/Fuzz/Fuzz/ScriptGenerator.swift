import Language

/// Writes random scripts that are well formed and nearly always well typed.
///
/// Maps have one type each, which their names say; variables are used in their scopes only; indices and
/// divisors are whatever comes. Functions are the catalog's, with arguments of the kinds that they take.
struct ScriptGenerator {
  private enum Kind: CaseIterable {
    case integer, truth, text, tuple, record, array, pointer, buffer
  }

  private var random: SeededGenerator
  private var scopes: [[(name: String, kind: Kind)]] = []
  private var nextName = 0
  private var loops = 0
  /// How much may still be written of the current script.
  private var budget = 0

  init(_ random: SeededGenerator) {
    self.random = random
  }

  /// One script of some probes.
  mutating func script() -> String {
    let probes = (0..<number(in: 1...3)).map { _ in probe() }
    return ([Self.maps] + probes).joined(separator: "\n") + "\n"
  }

  /// Gives each map its type.
  private static let maps = """
    begin {
      @number = nsecs - 5; @text = "text"; @numbers[@number] = @number; @texts["a"] = "b";
      @pairs[@number] = (@number, "a", (true, @number)); @byPair[@number, "a"] = @number;
      @truths[true] = false; @records[@number] = (a=@number, b="b");
      @arrays[(uint8[4])(uint32)pid] = (uint8[4])(uint32)pid; @sum = sum(@number);
      @counts["a"] = count();
    }
    """

  private mutating func probe() -> String {
    scopes = []
    loops = 0
    budget = number(in: 5...60)
    let place = pick([
      "begin", "begin", "begin", "end", "interval:s:100", "tracepoint:syscalls:sys_enter_umount",
      "tracepoint:sched:sched_process_hang", "software:dummy:1",
    ])
    let predicate = chance(4) ? " /\(truth(2))/" : ""
    return "\(place)\(predicate) \(block(3))"
  }

  // MARK: Statements

  private mutating func block(_ depth: Int) -> String {
    scopes.append([])
    defer { scopes.removeLast() }
    let statements = (0..<number(in: 1...5)).map { _ in "  " + statement(depth) }
    return "{\n" + statements.joined(separator: "\n") + "\n}"
  }

  private mutating func statement(_ depth: Int) -> String {
    budget -= 1
    guard depth > 0, budget > 0 else { return "print(\(value(1)));" }
    switch number(in: 0...17) {
    case 0, 1, 2: return declaration()
    case 3: return change()
    case 4, 5: return store()
    case 6:
      let otherwise = chance(2) ? " else \(block(depth - 1))" : ""
      return "if (\(truth(2))) \(block(depth - 1))\(otherwise)"
    case 7: return loop(depth, "unroll (\(number(in: 1...3)))")
    case 8:
      let name = newName("l")
      let loop = loop(
        depth, "while (\(name) < \(number(in: 1...4)))", before: "\(name)++;", count: name)
      return "let \(name): int64 = 0;\n\(loop)"
    case 9: return range(depth)
    case 10: return iteration(depth)
    case 11: return aggregation()
    case 12: return "print(\(value(2)));"
    case 13: return format()
    case 14:
      return pick([
        "delete(@numbers, \(integer(1)));", "clear(@texts);", "zero(@counts);", "print(@numbers);",
        "delete(@text);", "print(@pairs, 2);", "delete(@byPair, (\(integer(1)), \(text(1))));",
        "@number++;", "@number += \(integer(1));", "@numbers[\(integer(1))]--;",
      ])
    case 15:
      guard loops > 0 else { return "_ = \(value(1));" }
      return "if (\(truth(1))) { \(pick(["break", "continue"])); }"
    case 16: return chance(4) ? "if (\(truth(2))) { return; }" : "_ = \(value(2));"
    default: return "_ = \(call());"
    }
  }

  private mutating func declaration() -> String {
    let kind = pick(Kind.allCases)
    let given = expression(kind, 2)
    let name = newName("v")
    defer { scopes[scopes.count - 1].append((name, kind)) }
    if kind == .integer, chance(3) {
      return "let \(name): \(pick(Self.integerTypes)) = (\(pick(Self.integerTypes)))\(given);"
    }
    return chance(4) ? "let \(name) = \(given);" : "\(name) = \(given);"
  }

  private mutating func change() -> String {
    guard let (name, kind) = variable({ $0 != .buffer && $0 != .array && $0 != .pointer }),
      // Loops would not end.
      name.hasPrefix("$v")
    else {
      return declaration()
    }
    if kind == .integer, chance(2) {
      let sign = pick(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"])
      return "\(name) \(sign)= \(integer(2));"
    }
    return "\(name) = \(expression(kind, 2));"
  }

  private mutating func store() -> String {
    switch number(in: 0...8) {
    case 0: "@number = \(integer(2));"
    case 1: "@text = \(text(2));"
    case 2: "@numbers[\(integer(1))] = \(integer(2));"
    case 3: "@texts[\(text(1))] = \(text(2));"
    case 4: "@pairs[\(integer(1))] = \(tuple(2));"
    case 5: "@byPair[\(integer(1)), \(text(1))] = \(integer(2));"
    case 6: "@truths[\(truth(1))] = \(truth(2));"
    case 7: "@records[\(integer(1))] = \(record(1));"
    default: "@arrays[\(array(1))] = \(array(1));"
    }
  }

  private mutating func loop(
    _ depth: Int, _ head: String, before: String = "", count: String? = nil
  ) -> String {
    loops += 1
    defer { loops -= 1 }
    scopes.append(count.map { [($0, .integer)] } ?? [])
    defer { scopes.removeLast() }
    return "\(head) { \(before) \(block(depth - 1)) }"
  }

  private mutating func range(_ depth: Int) -> String {
    let name = newName("i")
    let end = chance(3) ? "(\(integer(1)) & 7)" : "\(number(in: 0...6))"
    return loop(depth, "for (\(name) : \(number(in: 0...3))..\(end))", count: name)
  }

  private mutating func iteration(_ depth: Int) -> String {
    let name = newName("kv")
    let body = chance(2) ? "print(\(name).0);" : "@number += \(name).1;"
    return loop(depth, "for (\(name) : @numbers)", before: body)
  }

  private mutating func aggregation() -> String {
    switch number(in: 0...7) {
    case 0: "@counts[\(text(1))] = count();"
    case 1: "@sum = sum(\(integer(2)));"
    case 2: "@averages[\(integer(1))] = avg(\(integer(2)));"
    case 3: "@least = min(\(integer(2)));"
    case 4: "@most[\(truth(1))] = max(\(integer(2)));"
    case 5: "@stats = stats(\(integer(2)));"
    case 6: "@powers[\(integer(1))] = hist(\(integer(2)));"
    default: "@lines = lhist(\(integer(2)), 0, 100, 10);"
    }
  }

  private mutating func format() -> String {
    var format = ""
    var arguments = ""
    for _ in 0..<number(in: 0...5) {
      if chance(2) {
        format += pick(["%d ", "%5d ", "%-8x|", "%lu", "%lld ", "%c", "%hhd", "%o ", "%p "])
        arguments += ", \(integer(2))"
      } else {
        format += pick(["%s ", "%20s", "%-10s|"])
        arguments += ", \(value(1))"
      }
    }
    return "printf(\"\(format)\\n\"\(arguments));"
  }

  // MARK: Expressions

  private static let integerTypes = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
  ]

  private mutating func value(_ depth: Int) -> String { expression(pick(Kind.allCases), depth) }

  private mutating func expression(_ kind: Kind, _ depth: Int) -> String {
    switch kind {
    case .integer: integer(depth)
    case .truth: truth(depth)
    case .text: text(depth)
    case .tuple: tuple(depth)
    case .record: record(depth)
    case .array: array(depth)
    case .pointer: pointer(depth)
    case .buffer: "buf(\(array(0)))"
    }
  }

  private mutating func integer(_ depth: Int) -> String {
    budget -= 1
    guard depth > 0, budget > 0 else {
      if chance(2), let (name, _) = variable({ $0 == .integer }) { return name }
      return pick([
        "0", "1", "2", "7", "127", "128", "255", "256", "65535", "2147483648", "5000000000",
        "9223372036854775807", "(-1)", "(-129)", "pid", "tid", "cpu", "uid", "nsecs", "rand",
        "ncpus", "elapsed", "cgroup", "jiffies", "numaid", "ppid", "@number",
      ])
    }
    let inner = depth - 1
    switch number(in: 0...21) {
    case 0...4:
      return "(\(integer(inner)) \(pick(["+", "-", "*", "&", "|", "^"])) \(integer(inner)))"
    case 5: return "(\(integer(inner)) \(pick(["/", "%"])) ((uint32)\(integer(inner)) + 1))"
    case 6: return "(\(integer(inner)) \(pick(["<<", ">>"])) \(number(in: 0...63)))"
    case 7: return "(-\(integer(inner)))"
    case 8: return "(~\(integer(inner)))"
    case 9, 10: return "(\(pick(Self.integerTypes)))\(integer(inner))"
    case 11: return "(\(truth(inner)) ? \(integer(inner)) : \(integer(inner)))"
    case 12: return "strlen(\(text(inner)))"
    case 13: return "@numbers[\(integer(inner))]"
    case 14: return "@byPair[\(integer(inner)), \(text(inner))]"
    case 15: return "\(tuple(inner)).0"
    case 16: return "\(record(inner)).a"
    case 17: return "\(array(inner))[(uint8)\(integer(inner)) & 3]"
    case 18: return "*(\(pick(["int8*", "uint16*", "int32*", "uint64*"])))\(integer(inner))"
    case 19: return "(if (\(truth(inner))) { \(integer(inner)) } else { \(integer(inner)) })"
    case 20:
      return pick([
        "curtask.pid", "curtask->mm->map_count", "len(@numbers)", "@sum", "sizeof(pid)",
      ])
    default:
      if let (name, _) = variable({ $0 == .integer }), name.hasPrefix("$v") {
        return pick(["\(name)++", "--\(name)", name])
      }
      return "strstr(\(text(inner)), \"a\")"
    }
  }

  private mutating func truth(_ depth: Int) -> String {
    budget -= 1
    guard depth > 0, budget > 0 else { return pick(["true", "false", "(pid == 1)"]) }
    let inner = depth - 1
    switch number(in: 0...9) {
    case 0, 1, 2:
      return "(\(integer(inner)) \(pick(["<", "<=", ">", ">=", "==", "!="])) \(integer(inner)))"
    case 3: return "(\(truth(inner)) \(pick(["&&", "||"])) \(truth(inner)))"
    case 4: return "(!\(truth(inner)))"
    case 5: return "(\(text(inner)) \(pick(["==", "!="])) \(text(inner)))"
    case 6: return "(\(tuple(inner)) == \(tuple(inner)))"
    case 7: return "has_key(@numbers, \(integer(inner)))"
    case 8: return "(\(array(inner)) != \(array(inner)))"
    default: return "strcontains(\(text(inner)), \(text(0)))"
    }
  }

  private mutating func text(_ depth: Int) -> String {
    budget -= 1
    guard depth > 0, budget > 0 else {
      if chance(2), let (name, _) = variable({ $0 == .text }) { return name }
      return pick(["\"\"", "\"a\"", "\"text\"", "\"a longer text with words\"", "comm", "@text"])
    }
    switch number(in: 0...5) {
    case 0: return "(\(truth(depth - 1)) ? \(text(depth - 1)) : \(text(depth - 1)))"
    case 1: return "@texts[\(text(depth - 1))]"
    case 2: return "\(tuple(depth - 1)).1"
    case 3: return "str((int8*)\(integer(depth - 1)), \(number(in: 1...64)))"
    case 4: return "str(curtask.comm)"
    default: return text(0)
    }
  }

  private mutating func tuple(_ depth: Int) -> String {
    if chance(3), let (name, _) = variable({ $0 == .tuple }) { return name }
    return "(\(integer(depth - 1)), \(text(depth - 1)), (\(truth(depth - 1)), \(integer(0))))"
  }

  private mutating func record(_ depth: Int) -> String {
    if chance(3), let (name, _) = variable({ $0 == .record }) { return name }
    return "(a=\(integer(depth - 1)), b=\(text(depth - 1)))"
  }

  private mutating func array(_ depth: Int) -> String {
    if chance(3), let (name, _) = variable({ $0 == .array }) { return name }
    return "((uint8[4])(uint32)\(integer(depth - 1)))"
  }

  private mutating func pointer(_ depth: Int) -> String {
    if chance(2), let (name, _) = variable({ $0 == .pointer }) { return name }
    return "((int32*)\(integer(depth - 1)) + \(number(in: 0...9)))"
  }

  // MARK: The catalog

  /// A call of any function, with arguments that its signature names.
  private mutating func call() -> String {
    let function = pick(Self.functions)
    let parameters = function.signature.parameters.prefix {
      !$0.isOptional || number(in: 0...1) == 0
    }
    if parameters.isEmpty { return function.isBuiltin ? function.name : "\(function.name)()" }
    return "\(function.name)(\(parameters.map { argument($0.kind) }.joined(separator: ", ")))"
  }

  private mutating func argument(_ kind: Function.ParameterKind) -> String {
    switch kind {
    case .stringLiteral: pick(["\"a\"", "\"%H\"", "\"vfs_read\"", "\"10.0.0.1\""])
    case .integerLiteral: "\(number(in: 0...40))"
    case .integer: integer(1)
    case .address: chance(2) ? integer(1) : pointer(1)
    case .string: text(1)
    case .buffer: "buf(\(array(0)))"
    case .map, .anyOrMap: pick(["@numbers", "@texts", "@number", "@counts"])
    case .type: pick(["struct task_struct", "int32", "uint8[4]"])
    case .variable: "$v"
    case .member, .memberExistence: pick(["pid", "comm", "se.vruntime"])
    case .word: pick(["boot", "monotonic", "perf", "3"])
    case .any: value(1)
    }
  }

  /// What may be called anywhere, without harm and without end.
  private static let functions = Catalog.functions.values
    .filter { !$0.isUnsafe && !$0.endsProbe && $0.invocation != .asynchronous }
    .sorted { $0.name < $1.name }

  // MARK: Choices

  private mutating func number(in range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// True once in so many times.
  private mutating func chance(_ count: Int) -> Bool { number(in: 1...count) == 1 }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[number(in: 0...elements.count - 1)]
  }

  private mutating func newName(_ stem: String) -> String {
    nextName += 1
    return "$\(stem)\(nextName)"
  }

  private mutating func variable(_ fits: (Kind) -> Bool) -> (name: String, kind: Kind)? {
    let known = scopes.joined().filter { fits($0.kind) }
    return known.isEmpty ? nil : pick(known)
  }
}
