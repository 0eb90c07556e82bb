internal import LinuxSystem
internal import Output
internal import TraceModel

extension EventHandler {
  /// A failure inside a program.
  func show(_ failure: RuntimeFailure, _ values: [Value], _ plan: EventPlan) {
    guard showsWarnings else { return }
    var code: Int64 = 0
    if case .integer(let value) = values.first { code = value }
    if failure.isLasting(code: code) {
      if plan.isTold { return }
      plan.isTold = true
    }
    var helper: Record.Failure.Helper?
    if case .helper(let failed) = failure { helper = .init(name: failed.helper, code: code) }
    outlet.emit(
      .failure(
        Record.Failure(
          text: failure.text(code: code), helper: helper, position: position(of: plan.event))))
  }
}

extension EventHandler {
  /// Numbers that conversions cut off.
  func showCuts(of format: EventText, _ event: EventSpec) {
    for cut in format.takeCuts() where showsWarnings {
      outlet.emit(
        .failure(Record.Failure(text: cut.sentence, position: position(of: event))))
    }
  }
}

extension EventText.Cut {
  /// The sentence for people.
  fileprivate var sentence: String {
    let bits = UInt64(bitPattern: number)
    let value =
      ["d", "i", "u"].contains(conversion.letter)
      ? isSigned ? String(number) : String(bits) : "0x" + String(bits, radix: 16)
    var wide = conversion
    if !isSigned, ["d", "i"].contains(conversion.letter) { wide.letter = "u" }
    return "%\(conversion.letter) shows 32 bits and cuts \(value) off. Use \(wide.wide) for all of "
      + "it, or a cast if that is what you want."
  }
}

extension RuntimeFailure {
  /// Whether it will be so until the end, which tells how much a full map has refused.
  ///
  /// - Parameter code: What a failed helper returned.
  fileprivate func isLasting(code: Int64) -> Bool {
    self == .noChild || self == .helper(.mapUpdate) && code == HelperFailure.mapIsFull
  }

  /// The sentence for people.
  ///
  /// - Parameter code: What a failed helper returned.
  fileprivate func text(code: Int64) -> String {
    switch self {
    case .helper(let failure): failure.text(code: code)
    case .divisionByZero:
      "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the "
        + "result."
    case .arrayOutOfBounds:
      "Array access out of bounds. This can lead to unexpected results."
    case .noChild: "No child command (`-c`); cpid is zero"
    }
  }
}

extension RuntimeFailure.HelperFailure {
  /// `-E2BIG`, which the kernel answers when a map has no room.
  static let mapIsFull: Int64 = -7

  fileprivate func text(code: Int64) -> String {
    switch self {
    case .mapUpdate where code == Self.mapIsFull:
      "Map full; can't update element. Try increasing max_map_keys config or manually setting the "
        + "max entries in a map declaration e.g. `let @a = hash(5000)`"
    case .mapDelete: "Can't delete map element because it does not exist."
    case .mapLookup: "Can't lookup map element because it does not exist."
    default: SystemError.reason(of: Int32(clamping: code.magnitude))
    }
  }
}
